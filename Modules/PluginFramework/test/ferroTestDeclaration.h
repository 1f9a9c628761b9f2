#ifndef ferroTestDeclaration_h
#define ferroTestDeclaration_h

#include "ferroCommonParameters.h"

/** A declaration with every kind of parameter, with the common ones. */
inline ferro::CommandDeclaration
MakeTestDeclaration()
{
  using Type = ferro::ParameterType;
  ferro::CommandDeclaration declaration;
  declaration.name = "map";
  declaration.menu = "Polarization/Fields/Map";
  declaration.title = "Map <polarization>";
  declaration.help = "Maps & draws.";
  declaration.examples = {"ferroscope map BTO.dm4"};
  declaration.references = {"A & B, Journal 1 (2000) 1"};
  declaration.Add(Type::Image, "image").Label("Image").Help("A micrograph").Positional().Required();
  declaration.Add(Type::ColumnTable, "columns").Label("Columns").Help("Known columns").Positional();
  declaration.Add(Type::Folder, "output").Label("Output").Help("Results").Output();
  declaration.Add(Type::File, "tableFile").Label("Table").Help("One table").Output().Extensions({".csv"});
  declaration.Add(Type::Number, "cutoffPm")
    .Label("Cutoff")
    .Help("A limit")
    .Unit("pm")
    .Default(50)
    .Range(0, 500)
    .Step(1);
  declaration.Add(Type::Number, "offset").Label("Offset").Help("No default");
  declaration.Add(Type::Integer, "minimumCount").Label("Count").Help("At least").Default(3).Range(1, 10).Advanced();
  declaration.Add(Type::Boolean, "swapSublattices").Label("Swap").Help("Swap A and B");
  declaration.Add(Type::Boolean, "smooth").Label("Smooth").Help("Smooth first").Default(true);
  declaration.Add(Type::Choice, "center").Label("Center").Help("Center").Choices({"A", "B", "both"}).Default("B");
  declaration.Add(Type::Text, "note").Label("Note").Help("Anything");
  return ferro::WithCommonParameters(declaration);
}

#endif
