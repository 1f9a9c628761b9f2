#ifndef ferroXmlText_h
#define ferroXmlText_h

#include <string>
#include <utility>

namespace ferro
{
/** Value of name="value" in the text of an XML tag; empty when it is not there. */
std::string XmlAttribute(const std::string & tag, const std::string & name);

/** Text of the first element of this name, from \a from on: what stands between <name ...> and </name>, entities
 * decoded unless elements stand inside, without white space around it. Empty when there is none. An element inside of
 * another one of its name is not understood, which the metadata of instruments do not have. */
std::string XmlElement(const std::string & xml, const std::string & name, std::size_t from = 0);

/** Value and unit of an entry <Data><Label>label</Label><Value>..</Value><Unit>..</Unit></Data>, as FEI writes them. */
std::pair<std::string, std::string> XmlEntry(const std::string & xml, const std::string & label);
} // namespace ferro

#endif
