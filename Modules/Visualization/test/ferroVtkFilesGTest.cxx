#include "ferroErrors.h"
#include "ferroMicrographWriter.h"
#include "ferroTestFolder.h"
#include "ferroTestMap.h"
#include "ferroVtkFiles.h"
#include "itkMetaDataObject.h"

#include <cmath>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <limits>
#include <vtkCellData.h>
#include <vtkDataArray.h>
#include <vtkFieldData.h>
#include <vtkImageData.h>
#include <vtkNew.h>
#include <vtkPointData.h>
#include <vtkPolyData.h>
#include <vtkStringArray.h>
#include <vtkXMLImageDataReader.h>
#include <vtkXMLPolyDataReader.h>

namespace
{
using ferro::ReadAll;

double
Value(vtkPolyData * data, const char * name, vtkIdType row, int component = 0)
{
  vtkDataArray * array = data->GetPointData()->GetArray(name);
  EXPECT_NE(array, nullptr) << name;
  return array ? array->GetComponent(row, component) : -1e99;
}
} // namespace

TEST(VtkFiles, ColumnsReadBack)
{
  ferro::TestMap map;
  map.flagShare = 0.1;
  const auto result = map.Make();
  const ferro::TestFolder folder;
  const std::string file = (folder / "ferro-columns.vtp").string();
  ferro::WriteColumnsVtp(*result.columns, file);
  // ParaView 5.11 of Debian cannot read appended data.
  EXPECT_EQ(ReadAll(file).find("<AppendedData"), std::string::npos);
  vtkNew<vtkXMLPolyDataReader> reader;
  reader->SetFileName(file.c_str());
  reader->Update();
  vtkPolyData * data = reader->GetOutput();
  const auto & columns = result.columns->GetColumns();
  ASSERT_EQ(data->GetNumberOfPoints(), static_cast<vtkIdType>(columns.size()));
  EXPECT_EQ(data->GetNumberOfVerts(), data->GetNumberOfPoints());
  for (vtkIdType k = 0; k < data->GetNumberOfPoints(); ++k)
  {
    const ferro::AtomColumn & column = columns[static_cast<std::size_t>(k)];
    EXPECT_DOUBLE_EQ(data->GetPoint(k)[0], column.position.x() * map.pixelNm);
    EXPECT_DOUBLE_EQ(data->GetPoint(k)[1], column.position.y() * map.pixelNm); // y down, as in the image
    EXPECT_EQ(data->GetPoint(k)[2], 0.0);
    EXPECT_EQ(Value(data, "id", k), static_cast<double>(k));
    EXPECT_EQ(Value(data, "sublattice", k), column.sublattice == ferro::Sublattice::A ? 1 : 2);
    EXPECT_EQ(Value(data, "i", k), column.i);
    EXPECT_EQ(Value(data, "flag", k), column.flags);
    EXPECT_DOUBLE_EQ(Value(data, "y_px", k), column.position.y());
    EXPECT_NEAR(Value(data, "err_x_pm", k), 25.0 * std::sqrt(column.covariance(0, 0)), 1e-9);
    EXPECT_NEAR(Value(data, "deviation_pm", k, 1), 25.0 * column.deviation.y(), 1e-9);
    EXPECT_EQ(Value(data, "deviation_pm", k, 2), 0.0);
  }
  for (const char * name : {"x_nm", "y_nm", "amplitude", "background", "sigma_major_px", "sigma_minor_px",
                            "rotation_deg", "err_y_pm", "cov_xy_pm2", "residual_rms", "j"})
  {
    EXPECT_NE(data->GetPointData()->GetArray(name), nullptr) << name;
  }
}

TEST(VtkFiles, WallsReadBackAsLines)
{
  ferro::DomainMap::Values values;
  values.walls.resize(2);
  values.walls[0].second = 1;
  values.walls[0].points = {{1, 2}, {3, 4}, {5, 7}};
  values.walls[0].length = 4.0;
  values.walls[1].first = 1;
  values.walls[1].second = 2;
  values.walls[1].points = {{8, 9}, {10, 11}};
  values.walls[1].width = 0.7;
  auto domains = ferro::DomainMap::New();
  domains->Set(values);
  const auto result = ferro::TestMap().Make();
  const ferro::TestFolder folder;
  const std::string file = (folder / "ferro-walls.vtp").string();
  ferro::WriteWallsVtp(*domains, result.columns->GetGeometry(), file);
  vtkNew<vtkXMLPolyDataReader> reader;
  reader->SetFileName(file.c_str());
  reader->Update();
  vtkPolyData * data = reader->GetOutput();
  ASSERT_EQ(data->GetNumberOfLines(), 2);
  ASSERT_EQ(data->GetNumberOfPoints(), 5);
  EXPECT_DOUBLE_EQ(data->GetPoint(2)[0], 5 * 0.025);
  EXPECT_DOUBLE_EQ(data->GetPoint(2)[1], 7 * 0.025);
  EXPECT_EQ(data->GetCellData()->GetArray("domain_2")->GetComponent(1, 0), 2.0);
  EXPECT_EQ(data->GetCellData()->GetArray("length_nm")->GetComponent(0, 0), 4.0);
  EXPECT_EQ(data->GetCellData()->GetArray("width_nm")->GetComponent(1, 0), 0.7);
}

TEST(VtkFiles, CellsReadBack)
{
  const auto result = ferro::TestMap().Make();
  const ferro::TestFolder folder;
  const std::string file = (folder / "ferro-cells.vtp").string();
  ferro::WriteCellsVtp(*result.cells, file);
  vtkNew<vtkXMLPolyDataReader> reader;
  reader->SetFileName(file.c_str());
  reader->Update();
  vtkPolyData * data = reader->GetOutput();
  const auto & cells = result.cells->GetCells();
  ASSERT_EQ(data->GetNumberOfPoints(), static_cast<vtkIdType>(cells.size()));
  for (vtkIdType k = 0; k < data->GetNumberOfPoints(); ++k)
  {
    const ferro::UnitCell & cell = cells[static_cast<std::size_t>(k)];
    const Eigen::Vector2d pm = 25.0 * cell.polarization;
    EXPECT_NEAR(Value(data, "px_pm", k), pm.x(), 1e-9);
    EXPECT_NEAR(Value(data, "py_pm", k), pm.y(), 1e-9);
    EXPECT_NEAR(Value(data, "p_pm", k), pm.norm(), 1e-9);
    EXPECT_NEAR(Value(data, "angle_deg", k), std::atan2(-pm.y(), pm.x()) * 180.0 / 3.14159265358979, 1e-6);
    EXPECT_NEAR(Value(data, "polarization_pm", k, 1), pm.y(), 1e-9);
    EXPECT_EQ(Value(data, "polarization_pm", k, 2), 0.0);
    EXPECT_DOUBLE_EQ(Value(data, "a_nm", k), cell.a);
    EXPECT_EQ(Value(data, "center", k), 2);
  }
  // Points to the right in the left half, down in the right half.
  EXPECT_NEAR(Value(data, "angle_deg", 0), 0.0, 25.0);
  EXPECT_NEAR(Value(data, "angle_deg", data->GetNumberOfPoints() - 1), -90.0, 25.0);
  EXPECT_STREQ(data->GetPointData()->GetVectors()->GetName(), "polarization_pm");
}

TEST(VtkFiles, WithoutCalibrationEverythingIsInPixels)
{
  ferro::TestMap map;
  map.calibrated = false;
  const auto result = map.Make();
  const ferro::TestFolder folder;
  const std::string file = (folder / "ferro-cells-px.vtp").string();
  ferro::WriteCellsVtp(*result.cells, file);
  vtkNew<vtkXMLPolyDataReader> reader;
  reader->SetFileName(file.c_str());
  reader->Update();
  vtkPolyData * data = reader->GetOutput();
  for (int k = 0; k < data->GetPointData()->GetNumberOfArrays(); ++k)
  {
    const std::string name = data->GetPointData()->GetArrayName(k);
    EXPECT_EQ(name.find("_nm"), std::string::npos) << name;
    EXPECT_EQ(name.find("_pm"), std::string::npos) << name;
  }
  const ferro::UnitCell & cell = result.cells->GetCells().front();
  EXPECT_DOUBLE_EQ(data->GetPoint(0)[0], cell.position.x());
  EXPECT_DOUBLE_EQ(Value(data, "px_px", 0), cell.polarization.x());
  EXPECT_DOUBLE_EQ(Value(data, "area_px2", 0), cell.area);
}

TEST(VtkFiles, FieldReadsBack)
{
  using FieldType = itk::Image<itk::Vector<float, 2>, 2>;
  auto field = FieldType::New();
  field->SetRegions(FieldType::SizeType{{5, 3}});
  field->SetSpacing(FieldType::SpacingType(0.1));
  const double origin[2] = {0.5, 0.25};
  field->SetOrigin(origin);
  field->Allocate();
  for (int k = 0; k < 15; ++k)
  {
    field->GetBufferPointer()[k][0] = static_cast<float>(k);
    field->GetBufferPointer()[k][1] = static_cast<float>(-2 * k);
  }
  field->GetBufferPointer()[7].Fill(std::numeric_limits<float>::quiet_NaN());
  ferro::ImageGeometry geometry;
  geometry.calibrated = true;
  const ferro::TestFolder folder;
  const std::string file = (folder / "ferro-field.vti").string();
  ferro::WritePolarizationVti(*field, geometry, file);
  EXPECT_EQ(ReadAll(file).find("<AppendedData"), std::string::npos);
  vtkNew<vtkXMLImageDataReader> reader;
  reader->SetFileName(file.c_str());
  reader->Update();
  vtkImageData * image = reader->GetOutput();
  EXPECT_EQ(image->GetDimensions()[0], 5);
  EXPECT_EQ(image->GetDimensions()[1], 3);
  EXPECT_EQ(image->GetDimensions()[2], 1);
  EXPECT_DOUBLE_EQ(image->GetSpacing()[1], 0.1);
  EXPECT_DOUBLE_EQ(image->GetOrigin()[0], 0.5);
  vtkDataArray * vectors = image->GetPointData()->GetArray("polarization_pm");
  ASSERT_NE(vectors, nullptr);
  EXPECT_EQ(vectors->GetNumberOfComponents(), 3);
  const vtkIdType point = image->ComputePointId(std::array<int, 3>{{2, 2, 0}}.data());
  EXPECT_EQ(vectors->GetComponent(point, 0), 12.0);
  EXPECT_EQ(vectors->GetComponent(point, 1), -24.0);
  EXPECT_EQ(vectors->GetComponent(point, 2), 0.0);
  EXPECT_TRUE(std::isnan(vectors->GetComponent(7, 0)));
}

// The .vti of 'convert' is written without VTK: VTK must read it.
TEST(VtkFiles, AnImageWrittenWithoutVtkReadsBack)
{
  for (const int width : {1, 2, 3, 4, 401}) // all lengths of the last group of base64
  {
    const auto image = ferro::MicrographType::New();
    image->SetRegions(ferro::MicrographType::SizeType{{static_cast<itk::SizeValueType>(width), 300}});
    const double spacing[2] = {0.0123456789012, 0.03};
    image->SetSpacing(spacing);
    image->Allocate();
    const std::size_t count = image->GetLargestPossibleRegion().GetNumberOfPixels();
    for (std::size_t k = 0; k < count; ++k)
    {
      image->GetBufferPointer()[k] = std::ldexp(static_cast<float>(k) - 100.25f, static_cast<int>(k % 200) - 100);
    }
    image->GetBufferPointer()[1] = std::numeric_limits<float>::quiet_NaN();
    auto & dictionary = image->GetMetaDataDictionary();
    itk::EncapsulateMetaData<std::string>(dictionary, ferro::CalibratedKey, "1");
    itk::EncapsulateMetaData<std::string>(dictionary, ferro::TitleKey, "A & <\xc3\x85>");
    itk::EncapsulateMetaData<std::string>(dictionary, "Ferroscope.beam_energy_kV", "300");
    const ferro::TestFolder folder;
    const std::string file = (folder / "image.vti").string();
    ferro::WriteMicrograph(*image, file);
    EXPECT_EQ(ReadAll(file).find("<AppendedData"), std::string::npos);
    vtkNew<vtkXMLImageDataReader> reader;
    reader->SetFileName(file.c_str());
    reader->Update();
    EXPECT_EQ(reader->GetErrorCode(), 0u);
    vtkImageData * data = reader->GetOutput();
    ASSERT_EQ(data->GetDimensions()[0], width);
    ASSERT_EQ(data->GetDimensions()[1], 300);
    EXPECT_EQ(data->GetDimensions()[2], 1);
    EXPECT_EQ(data->GetSpacing()[0], 0.0123456789012);
    EXPECT_EQ(data->GetSpacing()[1], 0.03);
    vtkDataArray * pixels = data->GetPointData()->GetScalars();
    ASSERT_NE(pixels, nullptr);
    EXPECT_STREQ(pixels->GetName(), "intensity");
    ASSERT_EQ(pixels->GetDataType(), VTK_FLOAT);
    for (std::size_t k = 0; k < count; ++k)
    {
      if (k != 1)
      {
        ASSERT_EQ(pixels->GetComponent(static_cast<vtkIdType>(k), 0), image->GetBufferPointer()[k]) << k;
      }
    }
    EXPECT_TRUE(std::isnan(pixels->GetComponent(1, 0)));
    const auto text = [data](const char * name) -> std::string
    {
      const auto * array = vtkStringArray::SafeDownCast(data->GetFieldData()->GetAbstractArray(name));
      return array && array->GetNumberOfValues() == 1 ? const_cast<vtkStringArray *>(array)->GetValue(0) : "(none)";
    };
    EXPECT_EQ(text("Ferroscope.title"), "A & <\xc3\x85>");
    EXPECT_EQ(text("Ferroscope.beam_energy_kV"), "300");
    EXPECT_EQ(text("Ferroscope.calibrated"), "1");
    EXPECT_EQ(text("Ferroscope.lengthUnit"), "nm");
  }
}

TEST(VtkFiles, APlaceThatCannotBeWrittenIsAnOutputError)
{
  const auto result = ferro::TestMap().Make();
  EXPECT_THROW(ferro::WriteColumnsVtp(*result.columns, "/nonexistent/folder/columns.vtp"), ferro::OutputError);
}
