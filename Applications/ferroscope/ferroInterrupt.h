#ifndef ferroInterrupt_h
#define ferroInterrupt_h

namespace ferro
{
class StandardContext;

/** Makes SIGINT and SIGTERM cancel the running command. When it has not stopped after a moment, or at a second
 * signal, the program removes what is half written and ends at once with status 130. Starts a thread: call it
 * after the plugins have been searched. */
void InstallInterruptHandler();

/** \class InterruptTarget
 * \brief While it lives, an interrupt cancels that context.
 */
class InterruptTarget
{
public:
  explicit InterruptTarget(StandardContext & context);
  ~InterruptTarget();
  InterruptTarget(const InterruptTarget &) = delete;
  InterruptTarget & operator=(const InterruptTarget &) = delete;
};
} // namespace ferro

#endif
