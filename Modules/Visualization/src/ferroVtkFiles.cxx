#include "ferroVtkFiles.h"

#include "ferroErrors.h"
#include "ferroWriteFile.h"

#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vtkCellArray.h>
#include <vtkCellData.h>
#include <vtkDoubleArray.h>
#include <vtkFloatArray.h>
#include <vtkImageData.h>
#include <vtkIntArray.h>
#include <vtkNew.h>
#include <vtkPointData.h>
#include <vtkPoints.h>
#include <vtkPolyData.h>
#include <vtkXMLImageDataWriter.h>
#include <vtkXMLPolyDataWriter.h>

namespace ferro
{
namespace
{
constexpr double Degrees = 180.0 / 3.14159265358979323846;

/** Points of a table and the arrays that belong to them. */
template <typename TRow>
class PointTable
{
public:
  PointTable(const std::vector<TRow> & rows, const ImageGeometry & geometry) : m_Rows(rows)
  {
    vtkNew<vtkPoints> points;
    points->SetDataTypeToDouble();
    vtkNew<vtkCellArray> vertices;
    for (const TRow & row : rows)
    {
      const Eigen::Vector2d at = geometry.ToPhysical(row.position);
      const vtkIdType id = points->InsertNextPoint(at.x(), at.y(), 0.0);
      vertices->InsertNextCell(1, &id);
    }
    m_Data->SetPoints(points);
    m_Data->SetVerts(vertices);
  }

  void
  AddNumber(const std::string & name, const std::function<double(const TRow &)> & value)
  {
    vtkNew<vtkDoubleArray> array;
    array->SetName(name.c_str());
    for (const TRow & row : m_Rows)
    {
      array->InsertNextValue(value(row));
    }
    m_Data->GetPointData()->AddArray(array);
  }

  void
  AddInteger(const std::string & name, const std::function<int(const TRow &)> & value)
  {
    vtkNew<vtkIntArray> array;
    array->SetName(name.c_str());
    for (const TRow & row : m_Rows)
    {
      array->InsertNextValue(value(row));
    }
    m_Data->GetPointData()->AddArray(array);
  }

  void
  AddIds()
  {
    vtkNew<vtkIntArray> array;
    array->SetName("id");
    for (std::size_t k = 0; k < m_Rows.size(); ++k)
    {
      array->InsertNextValue(static_cast<int>(k));
    }
    m_Data->GetPointData()->AddArray(array);
  }

  void
  AddVector(const std::string & name, const std::function<Eigen::Vector2d(const TRow &)> & value)
  {
    vtkNew<vtkDoubleArray> array;
    array->SetName(name.c_str());
    array->SetNumberOfComponents(3);
    for (const TRow & row : m_Rows)
    {
      const Eigen::Vector2d v = value(row);
      array->InsertNextTuple3(v.x(), v.y(), 0.0);
    }
    m_Data->GetPointData()->AddArray(array);
    m_Data->GetPointData()->SetActiveVectors(name.c_str());
  }

  vtkPolyData *
  GetData()
  {
    return m_Data;
  }

private:
  const std::vector<TRow> & m_Rows;
  vtkNew<vtkPolyData> m_Data;
};

template <typename TWriter, typename TData>
void
WriteXml(TData * data, const std::filesystem::path & file)
{
  vtkNew<TWriter> writer;
  writer->SetInputData(data);
  writer->SetDataModeToBinary();
  // The default level makes files 1 to 2 % smaller, for 2 % more processor time of a map of 85,000 columns.
  writer->SetCompressionLevel(1);
  writer->WriteToOutputStringOn();
  if (writer->Write() != 1)
  {
    throw OutputError(file.string() + ": the data cannot be written as VTK XML");
  }
  const std::string text = writer->GetOutputString();
  WriteFile(file, text.data(), text.size());
}

int
Number(Sublattice sublattice)
{
  return sublattice == Sublattice::A ? 1 : sublattice == Sublattice::B ? 2 : 0;
}

/** Standard deviation from a variance; NaN where the covariance is not known. */
double
Deviation(const Eigen::Matrix2d & covariance, Eigen::Index axis, double scale)
{
  return covariance.isZero(0.0) || !covariance.allFinite() ? std::numeric_limits<double>::quiet_NaN()
                                                           : scale * std::sqrt(std::max(0.0, covariance(axis, axis)));
}

double
Covariance(const Eigen::Matrix2d & covariance, const Eigen::Vector2d & scale)
{
  return covariance.isZero(0.0) || !covariance.allFinite() ? std::numeric_limits<double>::quiet_NaN()
                                                           : scale.x() * scale.y() * covariance(0, 1);
}
} // namespace

void
WriteColumnsVtp(const AtomColumnSet & columns, const std::filesystem::path & file)
{
  const ImageGeometry & geometry = columns.GetGeometry();
  const Eigen::Vector2d scale = geometry.VectorScale();
  const std::string shift = geometry.calibrated ? "_pm" : "_px";
  using C = AtomColumn;
  PointTable<C> table(columns.GetColumns(), geometry);
  table.AddIds();
  table.AddInteger("sublattice", [](const C & c) { return Number(c.sublattice); });
  table.AddInteger("i", [](const C & c) { return c.i; });
  table.AddInteger("j", [](const C & c) { return c.j; });
  table.AddInteger("indexed", [](const C & c) { return c.indexed ? 1 : 0; });
  table.AddNumber("x_px", [](const C & c) { return c.position.x(); });
  table.AddNumber("y_px", [](const C & c) { return c.position.y(); });
  if (geometry.calibrated)
  {
    table.AddNumber("x_nm", [&](const C & c) { return geometry.ToPhysical(c.position).x(); });
    table.AddNumber("y_nm", [&](const C & c) { return geometry.ToPhysical(c.position).y(); });
  }
  table.AddNumber("amplitude", [](const C & c) { return c.amplitude; });
  table.AddNumber("background", [](const C & c) { return c.background; });
  table.AddNumber("sigma_major_px", [](const C & c) { return c.sigmaMajor; });
  table.AddNumber("sigma_minor_px", [](const C & c) { return c.sigmaMinor; });
  table.AddNumber("rotation_deg",
                  [](const C & c)
                  {
                    const double degrees = -c.rotation * Degrees; // counter-clockwise on the screen, in (-90, 90]
                    return degrees <= -90.0 ? degrees + 180.0 : degrees;
                  });
  table.AddNumber("err_x" + shift, [&](const C & c) { return Deviation(c.covariance, 0, scale.x()); });
  table.AddNumber("err_y" + shift, [&](const C & c) { return Deviation(c.covariance, 1, scale.y()); });
  table.AddNumber("cov_xy" + shift + "2", [&](const C & c) { return Covariance(c.covariance, scale); });
  table.AddNumber("residual_rms", [](const C & c) { return c.residualRms; });
  table.AddInteger("flag", [](const C & c) { return static_cast<int>(c.flags); });
  table.AddNumber("dev_x" + shift, [&](const C & c) { return scale.x() * c.deviation.x(); });
  table.AddNumber("dev_y" + shift, [&](const C & c) { return scale.y() * c.deviation.y(); });
  table.AddVector("deviation" + shift, [&](const C & c) -> Eigen::Vector2d { return c.deviation.cwiseProduct(scale); });
  WriteXml<vtkXMLPolyDataWriter>(table.GetData(), file);
}

void
WriteCellsVtp(const UnitCellSet & cells, const std::filesystem::path & file)
{
  const ImageGeometry & geometry = cells.GetGeometry();
  const Eigen::Vector2d scale = geometry.VectorScale();
  const std::string length = geometry.calibrated ? "_nm" : "_px";
  const std::string shift = geometry.calibrated ? "_pm" : "_px";
  using C = UnitCell;
  const auto polarization = [&](const C & c) -> Eigen::Vector2d { return c.polarization.cwiseProduct(scale); };
  PointTable<C> table(cells.GetCells(), geometry);
  table.AddIds();
  table.AddInteger("center", [](const C & c) { return Number(c.center); });
  table.AddInteger("i", [](const C & c) { return c.i; });
  table.AddInteger("j", [](const C & c) { return c.j; });
  table.AddNumber("x_px", [](const C & c) { return c.position.x(); });
  table.AddNumber("y_px", [](const C & c) { return c.position.y(); });
  if (geometry.calibrated)
  {
    table.AddNumber("x_nm", [&](const C & c) { return geometry.ToPhysical(c.position).x(); });
    table.AddNumber("y_nm", [&](const C & c) { return geometry.ToPhysical(c.position).y(); });
  }
  table.AddNumber("px" + shift, [&](const C & c) { return polarization(c).x(); });
  table.AddNumber("py" + shift, [&](const C & c) { return polarization(c).y(); });
  table.AddNumber("p" + shift, [&](const C & c) { return polarization(c).norm(); });
  table.AddNumber("angle_deg",
                  [&](const C & c) { return std::atan2(-polarization(c).y(), polarization(c).x()) * Degrees; });
  table.AddNumber("err_px" + shift, [&](const C & c) { return Deviation(c.covariance, 0, scale.x()); });
  table.AddNumber("err_py" + shift, [&](const C & c) { return Deviation(c.covariance, 1, scale.y()); });
  table.AddNumber("cov_pxy" + shift + "2", [&](const C & c) { return Covariance(c.covariance, scale); });
  table.AddNumber("a" + length, [](const C & c) { return c.a; });
  table.AddNumber("b" + length, [](const C & c) { return c.b; });
  table.AddNumber("gamma_deg", [](const C & c) { return c.gamma * Degrees; });
  table.AddNumber("area" + length + "2", [](const C & c) { return c.area; });
  table.AddInteger("flag", [](const C & c) { return static_cast<int>(c.flags); });
  table.AddNumber("strain_xx", [](const C & c) { return c.strainXX; });
  table.AddNumber("strain_yy", [](const C & c) { return c.strainYY; });
  table.AddNumber("strain_xy", [](const C & c) { return c.strainXY; });
  table.AddNumber("lattice_rotation_deg", [](const C & c) { return c.latticeRotation * Degrees; });
  const double factor = cells.GetMicrocoulombPerPicometre();
  if (geometry.calibrated && factor != 0.0)
  {
    table.AddNumber("p_uc_cm2", [&](const C & c) { return factor * polarization(c).norm(); });
  }
  table.AddInteger("domain", [](const C & c) { return c.domain; });
  table.AddVector("polarization" + shift, polarization);
  WriteXml<vtkXMLPolyDataWriter>(table.GetData(), file);
}

void
WritePolarizationVti(const itk::Image<itk::Vector<float, 2>, 2> & field, const ImageGeometry & geometry,
                     const std::filesystem::path & file)
{
  const auto size = field.GetBufferedRegion().GetSize();
  vtkNew<vtkImageData> image;
  image->SetDimensions(static_cast<int>(size[0]), static_cast<int>(size[1]), 1);
  image->SetSpacing(field.GetSpacing()[0], field.GetSpacing()[1], field.GetSpacing()[0]);
  image->SetOrigin(field.GetOrigin()[0], field.GetOrigin()[1], 0.0);
  vtkNew<vtkFloatArray> vectors;
  vectors->SetName(geometry.calibrated ? "polarization_pm" : "polarization_px");
  vectors->SetNumberOfComponents(3);
  vectors->SetNumberOfTuples(static_cast<vtkIdType>(size[0] * size[1]));
  const auto * pixels = field.GetBufferPointer();
  for (std::size_t k = 0; k < size[0] * size[1]; ++k)
  {
    vectors->SetTuple3(static_cast<vtkIdType>(k), pixels[k][0], pixels[k][1], 0.0);
  }
  image->GetPointData()->SetVectors(vectors);
  WriteXml<vtkXMLImageDataWriter>(image.Get(), file);
}

void
WriteWallsVtp(const DomainMap & domains, const ImageGeometry & geometry, const std::filesystem::path & file)
{
  const std::string length = geometry.calibrated ? "_nm" : "_px";
  const std::string shift = geometry.calibrated ? "_pm" : "_px";
  vtkNew<vtkPoints> points;
  points->SetDataTypeToDouble();
  vtkNew<vtkCellArray> lines;
  vtkNew<vtkPolyData> data;
  const auto & walls = domains.Get().walls;
  for (const DomainWall & wall : walls)
  {
    lines->InsertNextCell(static_cast<int>(wall.points.size()));
    for (const Eigen::Vector2d & point : wall.points)
    {
      const Eigen::Vector2d at = geometry.ToPhysical(point);
      lines->InsertCellPoint(points->InsertNextPoint(at.x(), at.y(), 0.0));
    }
  }
  data->SetPoints(points);
  data->SetLines(lines);
  const std::pair<std::string, std::function<double(const DomainWall &)>> arrays[] = {
    {"domain_1", [](const DomainWall & w) { return w.first; }},
    {"domain_2", [](const DomainWall & w) { return w.second; }},
    {"length" + length, [](const DomainWall & w) { return w.length; }},
    {"angle_deg", [](const DomainWall & w) { return w.angle * Degrees; }},
    {"width" + length, [](const DomainWall & w) { return w.width; }},
    {"turn_deg", [](const DomainWall & w) { return w.turn * Degrees; }},
    {"jump_normal" + shift, [](const DomainWall & w) { return w.normalJump; }}};
  for (const auto & [name, value] : arrays)
  {
    vtkNew<vtkDoubleArray> array;
    array->SetName(name.c_str());
    for (const DomainWall & wall : walls)
    {
      array->InsertNextValue(value(wall));
    }
    data->GetCellData()->AddArray(array);
  }
  WriteXml<vtkXMLPolyDataWriter>(data.Get(), file);
}
} // namespace ferro
