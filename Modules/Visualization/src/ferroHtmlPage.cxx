#include "ferroHtmlPage.h"

#include "ferroErrors.h"

#include <algorithm>
#include <fstream>
#include <iterator>

namespace ferro
{
namespace
{
const char * const Style = R"(
:root { color-scheme: light; }
body { font: 17px/1.55 "Segoe UI", "Noto Sans", "DejaVu Sans", Helvetica, Arial, sans-serif; color: #1e1e1e; background: #fff;
  max-width: 62rem; margin: 2.2rem auto 4rem; padding: 0 1.4rem; }
h1 { font-size: 1.85rem; line-height: 1.2; margin: 0 0 .3rem; overflow-wrap: anywhere; }
h2 { font-size: 1.3rem; margin: 2.6rem 0 .8rem; padding-bottom: .25rem; border-bottom: 2px solid #d8dde3; }
h3 { font-size: 1.05rem; margin: 1.6rem 0 .4rem; }
.from { color: #5a636d; margin: 0 0 1.4rem; overflow-wrap: anywhere; }
.lead { font-size: 1.12rem; }
.warnings { border-left: 6px solid #b85c00; background: #fff4e5; padding: .7rem 1.1rem; margin: 1.4rem 0; }
.warnings h2 { border: 0; margin: 0 0 .3rem; padding: 0; font-size: 1.05rem; color: #8a4500; }
.warnings ul { margin: 0; padding-left: 1.2rem; }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(13.5rem, 1fr)); gap: .8rem; margin: 1.4rem 0; padding: 0; }
.facts div { border: 1px solid #d8dde3; border-radius: 6px; padding: .6rem .9rem; }
.facts dt { color: #5a636d; font-size: .88rem; }
.facts dd { margin: .1rem 0 0; font-size: 1.12rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.facts small { display: block; font-weight: 400; font-size: .88rem; color: #3c444c; }
figure { margin: 1.8rem 0 2.4rem; break-inside: avoid; }
figure img { display: block; max-width: 100%; max-height: 92vh; height: auto; margin: 0 auto; }
figcaption { margin-top: .5rem; font-size: .95rem; color: #3c444c; }
table { border-collapse: collapse; width: 100%; font-size: .94rem; }
th, td { text-align: left; vertical-align: top; padding: .28rem .7rem .28rem 0; border-bottom: 1px solid #e4e8ec; overflow-wrap: anywhere; }
th { color: #5a636d; font-weight: 600; }
.results th, .results td { overflow-wrap: normal; padding-right: .9rem; }
tbody th { width: 16rem; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; width: 8rem; }
pre { background: #f3f5f7; border: 1px solid #d8dde3; border-radius: 6px; padding: .8rem 1rem; white-space: pre-wrap;
  overflow-wrap: anywhere; user-select: all; font: .92rem/1.45 "DejaVu Sans Mono", Consolas, Menlo, monospace; }
code { font-family: "DejaVu Sans Mono", Consolas, Menlo, monospace; font-size: .92em; overflow-wrap: anywhere; }
@media print {
  body { font-size: 10.5pt; margin: 0; max-width: none; padding: 0; }
  figure img { max-height: 20cm; }
  h2, h3 { break-after: avoid; }
  .facts div, .warnings, pre { break-inside: avoid; }
}
)";

std::string
Base64(const std::string & bytes)
{
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve(bytes.size() / 3 * 4 + 4);
  for (std::size_t k = 0; k < bytes.size(); k += 3)
  {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - k);
    unsigned group = 0;
    for (std::size_t m = 0; m < 3; ++m)
    {
      group = group << 8 | (m < count ? static_cast<unsigned char>(bytes[k + m]) : 0U);
    }
    for (std::size_t m = 0; m < 4; ++m)
    {
      text += m <= count ? letters[group >> (18 - 6 * m) & 63U] : '=';
    }
  }
  return text;
}

std::string
ReadPicture(const std::filesystem::path & file)
{
  std::ifstream stream(file, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
  if (!stream || bytes.empty())
  {
    throw OutputError(file.string() + ": the figure cannot be read back for the report");
  }
  return bytes;
}
} // namespace

HtmlPage::HtmlPage(const std::string & title)
{
  this->Raw("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
  this->Element("title", title);
  this->Raw(std::string("<style>") + Style + "</style>\n</head>\n<body>\n");
}

std::string
HtmlPage::Escape(const std::string & text)
{
  std::string escaped;
  for (const char c : text)
  {
    switch (c)
    {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

void
HtmlPage::Raw(const std::string & html)
{
  m_Html += html;
}

void
HtmlPage::Element(const std::string & tag, const std::string & text)
{
  m_Html += "<" + tag + ">" + Escape(text) + "</" + tag.substr(0, tag.find(' ')) + ">\n";
}

void
HtmlPage::Fact(const std::string & name, const std::string & value, const std::string & note)
{
  m_Html += "<div><dt>" + Escape(name) + "</dt><dd>" + Escape(value) +
            (note.empty() ? "" : "<small>" + Escape(note) + "</small>") + "</dd></div>\n";
}

void
HtmlPage::Row(const std::string & name, const std::string & value, bool number)
{
  m_Html += "<tr><th scope=\"row\">" + Escape(name) + "</th><td" + (number ? " class=\"number\"" : "") + ">" +
            Escape(value) + "</td></tr>\n";
}

void
HtmlPage::Picture(const std::filesystem::path & file, const std::string & title, const std::string & caption)
{
  m_Html += "<figure>\n<img alt=\"" + Escape(title) + "\" src=\"data:image/png;base64," + Base64(ReadPicture(file)) +
            "\">\n<figcaption><b>" + Escape(title) + ".</b> " + Escape(caption) + " <code>" +
            Escape(file.filename().string()) + "</code></figcaption>\n</figure>\n";
}
} // namespace ferro
