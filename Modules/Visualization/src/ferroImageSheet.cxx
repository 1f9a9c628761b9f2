#include "ferroImageSheet.h"

#include "ferroFigureTiles.h"

namespace ferro
{
void
WriteImageSheet(const ImageSheet & sheet, const std::filesystem::path & file, int widthPx)
{
  // No legend beside the panels.
  constexpr double gap = 12.0;
  MapSheet page(GetImageGeometry(*sheet.images.front()), {sheet.title, sheet.names, gap, 0.0, widthPx, true});
  for (std::size_t panel = 0; panel < sheet.images.size(); ++panel)
  {
    DrawGray(*sheet.images[panel], page, panel, 0.0);
  }
  page.Finish();
  page.Page().WritePng(file);
}
} // namespace ferro
