#include "ferroHtmlReport.h"

#include "ferroErrors.h"

#include <nlohmann/json.hpp>

namespace ferro
{
void
WriteHtmlReport(const std::filesystem::path &, const nlohmann::json &, const std::vector<Figure> &,
                const std::filesystem::path &)
{
}
} // namespace ferro
