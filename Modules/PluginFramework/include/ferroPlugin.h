#ifndef ferroPlugin_h
#define ferroPlugin_h

#include "ferroCommand.h"
#include "ferroCommandContext.h"

#include <functional>
#include <memory>
#include <vector>

/** Changes whenever Command, CommandContext or the declarations change their binary layout. */
#define FERROSCOPE_PLUGIN_ABI 1

namespace ferro
{
/** \class PluginRegistrar
 * \brief Takes the commands of a plugin while its library is opened.
 */
class FerroscopePluginFramework_EXPORT PluginRegistrar
{
public:
  using Factory = std::function<std::unique_ptr<Command>()>;
  void
  Add(Factory factory)
  {
    m_Factories.push_back(std::move(factory));
  }
  template <class TCommand>
  void
  Add()
  {
    this->Add([] { return std::unique_ptr<Command>(new TCommand); });
  }
  const std::vector<Factory> &
  GetFactories() const
  {
    return m_Factories;
  }

private:
  std::vector<Factory> m_Factories;
};
} // namespace ferro

/** The C entry points of a plugin library. Use once per library, with the command classes that it offers:
 * \code
 * FERROSCOPE_PLUGIN(MyCommand)
 * FERROSCOPE_PLUGIN(FindCommand, RefineCommand)
 * \endcode
 */
#define FERROSCOPE_PLUGIN(...)                                                                                         \
  extern "C" __attribute__((visibility("default"))) int ferroscopePluginAbi()                                          \
  {                                                                                                                    \
    return FERROSCOPE_PLUGIN_ABI;                                                                                      \
  }                                                                                                                    \
  extern "C" __attribute__((visibility("default"))) void ferroscopePluginRegister(ferro::PluginRegistrar * registrar)  \
  {                                                                                                                    \
    ferro::RegisterCommands<__VA_ARGS__>(*registrar);                                                                  \
  }                                                                                                                    \
  static_assert(true, "")

namespace ferro
{
/** Adds each command class to the registrar; used by FERROSCOPE_PLUGIN. */
template <class... TCommands>
void
RegisterCommands(PluginRegistrar & registrar)
{
  (registrar.Add<TCommands>(), ...);
}
} // namespace ferro

#endif
