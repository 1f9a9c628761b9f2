#ifndef ferroVectorFieldWriter_h
#define ferroVectorFieldWriter_h

#include "FerroscopeMicroscopyIOExport.h"
#include "itkImage.h"
#include "itkVector.h"

#include <nlohmann/json_fwd.hpp>

#include <filesystem>
#include <string>

namespace ferro
{
/** A vector per pixel: polar displacement on the grid of cells or on the image. */
using VectorFieldType = itk::Image<itk::Vector<float, 2>, 2>;

/** Writes a vector field as NRRD, uncompressed, NaN where there is none.
 *
 * The file holds N x M x 1 pixels of three components (z = 0): ParaView takes a 2-D NRRD of vectors for one row of
 * scalars. Spacing and origin are kept. The free keys Ferroscope.unit and Ferroscope.lengthUnit name the units, because
 * ITK cannot write NRRD's own field for them.
 * \param field the vectors
 * \param path the file, ending in .nrrd
 * \param unit unit of the vectors, for example "pm"
 * \param lengthUnit unit of spacing and origin
 * Throws OutputError with path and reason. */
FerroscopeMicroscopyIO_EXPORT void WriteVectorFieldNrrd(const VectorFieldType & field,
                                                        const std::filesystem::path & path, const std::string & unit,
                                                        const std::string & lengthUnit = "nm");

/** Reads what WriteVectorFieldNrrd wrote. Throws InputError. */
FerroscopeMicroscopyIO_EXPORT VectorFieldType::Pointer ReadVectorFieldNrrd(const std::filesystem::path & path);

/** Writes a JSON document, indented by two, with a newline at the end. Throws OutputError with path and reason. */
FerroscopeMicroscopyIO_EXPORT void WriteJson(const nlohmann::json & document, const std::filesystem::path & path);
} // namespace ferro

#endif
