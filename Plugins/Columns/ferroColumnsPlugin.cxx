#include "ferroChain.h"
#include "ferroLatticeAnalysisFilter.h"
#include "ferroOutputFolder.h"
#include "ferroErrors.h"
#include "ferroPlugin.h"
#include "ferroPointLocator.h"
#include "ferroResultTables.h"

#include <algorithm>
#include <cmath>

namespace ferro
{
namespace
{
void
DeclareOutputTable(CommandDeclaration & declaration)
{
  declaration.Add(ParameterType::ColumnTable, "output")
    .Label("Column table")
    .Help("CSV file of the columns. Default: named after the image, in the present folder.")
    .Extensions({".csv"})
    .Output();
}

void
Save(CommandContext & context, const AtomColumnSet & columns, const std::string & ending)
{
  OutputFile file(OutputPath(context, ending));
  WriteColumnTable(columns, file.Path());
  context.CheckCancelled();
  file.Commit();
  context.Info(std::to_string(columns.Size()) + " columns written to " + OutputPath(context, ending).string());
}

/** \class FindCommand
 * \brief Where the columns are, to a fraction of a pixel, without fitting.
 */
class FindCommand : public Command
{
public:
  CommandDeclaration
  Declare() const override
  {
    CommandDeclaration declaration;
    declaration.name = "find";
    declaration.menu = "Columns/Find";
    declaration.title = "Find atom columns";
    declaration.help = "Finds the atom columns of an image; no parameter needs to be set. Positions are good to a "
                       "fraction of a pixel: 'refine' makes them exact, 'map' does both.";
    declaration.examples = {"ferroscope find BTO.dm4", "ferroscope find STO.npy --output columns.csv"};
    DeclareInputImage(declaration);
    DeclareOutputTable(declaration);
    DeclareFinding(declaration);
    return declaration;
  }

  void
  Run(CommandContext & context) override
  {
    context.BeginStage("Reading", 0.0, 0.2);
    const auto image = context.ReadImage("image");
    WarnWithoutCalibration(context, GetImageGeometry(*image));
    context.BeginStage("Finding columns", 0.2, 1.0);
    auto finder = AtomFindingImageFilter::New();
    ConfigureFinding(context, *finder);
    finder->SetInput(image);
    context.Observe(finder);
    finder->Update();
    Save(context, *finder->GetOutput(), "_found.csv");
  }
};

/** \class RefineCommand
 * \brief Exact positions for a list of columns, from anywhere.
 */
class RefineCommand : public Command
{
public:
  CommandDeclaration
  Declare() const override
  {
    CommandDeclaration declaration;
    declaration.name = "refine";
    declaration.menu = "Columns/Refine";
    declaration.title = "Refine atom columns";
    declaration.help = "Fits Gaussians to the columns of a table (of 'find', of another program, or made by hand) and "
                       "labels the sublattices where there is a lattice. The table needs the columns x_px and y_px.";
    declaration.examples = {"ferroscope refine BTO.dm4 BTO_found.csv",
                            "ferroscope refine image.tif atoms.csv --output fitted.csv"};
    DeclareInputImage(declaration);
    declaration.Add(ParameterType::ColumnTable, "columns")
      .Label("Columns")
      .Help("CSV file with the columns x_px and y_px.")
      .Extensions({".csv"})
      .Required()
      .Positional();
    DeclareOutputTable(declaration);
    declaration.Add(ParameterType::Number, "columnSigmaPx")
      .Label("Column width")
      .Help(
        "Standard deviation of the columns to start from; 0: from the table, or a fifth of the distance of neighbours.")
      .Unit("px")
      .Default(0.0)
      .Range(0.0, 100.0)
      .Advanced();
    DeclareRefinement(declaration);
    return declaration;
  }

  void
  Run(CommandContext & context) override
  {
    context.BeginStage("Reading", 0.0, 0.1);
    const auto image = context.ReadImage("image");
    const ImageGeometry geometry = GetImageGeometry(*image);
    WarnWithoutCalibration(context, geometry);
    context.AddInput(context.GetPath("columns"));
    const auto columns = ReadColumnTable(context.GetPath("columns"), geometry);
    columns->SetColumnSigma(this->StartWidth(context, *columns));
    context.BeginStage("Refining columns", 0.1, 0.9);
    auto refinement = GaussianRefinementFilter::New();
    ConfigureRefinement(context, *refinement);
    refinement->SetInput(image);
    refinement->SetColumns(columns);
    context.Observe(refinement);
    refinement->Update();
    context.BeginStage("Labelling sublattices", 0.9, 1.0);
    auto lattice = LatticeAnalysisFilter::New();
    lattice->SetInput(refinement->GetOutput());
    try
    {
      lattice->Update();
      context.Info(lattice->GetLattice()->Get().description);
      Save(context, *lattice->GetOutput(), "_refined.csv");
    }
    catch (const itk::ProcessAborted &)
    {
      throw;
    }
    catch (const AnalysisError & error)
    {
      // A few columns of a molecule are as good as a crystal here.
      context.Warn(error.GetMessage() + "; the columns are written without sublattices");
      Save(context, *refinement->GetOutput(), "_refined.csv");
    }
  }

private:
  /** Width to start from: the option, else the median width in the table, else a fifth of the neighbours' distance. */
  static double
  StartWidth(const CommandContext & context, const AtomColumnSet & columns)
  {
    if (context.GetNumber("columnSigmaPx") > 0.0)
    {
      return context.GetNumber("columnSigmaPx");
    }
    std::vector<double> widths;
    std::vector<Eigen::Vector2d> positions;
    for (const auto & column : columns.GetColumns())
    {
      positions.push_back(column.position);
      if (column.sigmaMajor > 0.0 && column.sigmaMinor > 0.0)
      {
        widths.push_back(std::sqrt(column.sigmaMajor * column.sigmaMinor));
      }
    }
    if (widths.empty())
    {
      const PointLocator locator(positions);
      for (const auto & position : positions)
      {
        const auto near = locator.Nearest(position, 2);
        if (near.size() == 2)
        {
          widths.push_back(0.2 * std::sqrt(near[1].second));
        }
      }
    }
    if (widths.empty())
    {
      throw AnalysisError("the table has a single column and no width: give --column-sigma-px");
    }
    std::nth_element(widths.begin(), widths.begin() + static_cast<std::ptrdiff_t>(widths.size() / 2), widths.end());
    return std::max(0.5, widths[widths.size() / 2]);
  }
};
} // namespace
} // namespace ferro

FERROSCOPE_PLUGIN(ferro::FindCommand, ferro::RefineCommand);
