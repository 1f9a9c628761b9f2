#include "ferroFigureAxes.h"

#include <algorithm>

namespace ferro
{
Eigen::Vector2d
Axes::ToPage(double vx, double vy) const
{
  const double fy = yDown ? y.Fraction(vy) : 1.0 - y.Fraction(vy);
  return {box.x + x.Fraction(vx) * box.w, box.y + fy * box.h};
}

void
Axes::Draw(FigurePage & page, double unit, const std::string & labelX, const std::string & labelY) const
{
  const double size = 25 * unit;
  page.Frame(box, Ink, 2 * unit);
  const int countX = std::max(3, static_cast<int>(box.w / (130 * unit)));
  for (const double tick : NiceTicks(x, countX))
  {
    const double at = box.x + x.Fraction(tick) * box.w;
    page.Line({{at, box.Bottom()}, {at, box.Bottom() + 9 * unit}}, Ink, 2 * unit);
    page.Text(at, box.Bottom() + 28 * unit, Label(tick, NiceStep(x, countX)), size, Align::Center);
  }
  page.Text(box.x + 0.5 * box.w, box.Bottom() + 68 * unit, labelX, size * 1.08, Align::Center);
  const int countY = std::max(3, static_cast<int>(box.h / (90 * unit)));
  double widest = 0;
  for (const double tick : NiceTicks(y, countY))
  {
    const double at = this->ToPage(x.low, tick).y();
    const std::string text = Label(tick, NiceStep(y, countY));
    page.Line({{box.x - 9 * unit, at}, {box.x, at}}, Ink, 2 * unit);
    page.Text(box.x - 16 * unit, at, text, size, Align::Right);
    widest = std::max(widest, page.TextWidth(text, size));
  }
  page.Text(box.x - 44 * unit - widest, box.y + 0.5 * box.h, labelY, size * 1.08, Align::Center, Ink, 90);
}

void
DrawChartTitle(FigurePage & page, double unit, const std::string & title)
{
  page.Text(28 * unit, 50 * unit, title, 32 * unit, Align::Left, Ink, 0, true);
}
} // namespace ferro
