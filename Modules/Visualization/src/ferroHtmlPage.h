#ifndef ferroHtmlPage_h
#define ferroHtmlPage_h

#include <filesystem>
#include <string>

namespace ferro
{
/** \class HtmlPage
 * \brief Text of a report as it grows: one file that holds its style and its pictures.
 */
class HtmlPage
{
public:
  explicit HtmlPage(const std::string & title);
  /** Text with what HTML has a meaning for replaced. */
  static std::string Escape(const std::string & text);

  void Raw(const std::string & html);
  /** \param tag may have attributes behind its name \param text is escaped */
  void Element(const std::string & tag, const std::string & text);
  /** One of the boxes at the top. */
  void Fact(const std::string & name, const std::string & value, const std::string & note = "");
  void Row(const std::string & name, const std::string & value, bool number = false);
  /** A PNG file, with its title and text below it. Throws OutputError when it cannot be read. */
  void Picture(const std::filesystem::path & file, const std::string & title, const std::string & caption);
  /** All of it so far, without the end of the document. */
  const std::string &
  Html() const
  {
    return m_Html;
  }

private:
  std::string m_Html;
};
} // namespace ferro

#endif
