#ifndef ferroImageStream_h
#define ferroImageStream_h

#include "ferroCommandContext.h"
#include "ferroImageGeometry.h"
#include "ferroModelFrame.h"
#include "itkImageSource.h"

namespace ferro
{
/** Opens the image of a command for reading region by region, so that it need not fit into memory.
 * \return null where that is not worth it (fewer than 16 million pixels) or not possible: the format is none of ours,
 * or the file is compressed in one piece. Then CommandContext::ReadImage reads it. Throws InputError. */
itk::ImageSource<MicrographType>::Pointer OpenImageStream(CommandContext & context, const std::string & name);

/** Mean and standard deviation of an image that is read in strips of rows. */
PixelStatistics ComputeStatistics(itk::ImageSource<MicrographType> & stream, CommandContext & context);

/** The middle of such an image, at most edge x edge pixels, as an image of its own. */
MicrographType::Pointer ReadMiddle(itk::ImageSource<MicrographType> & stream, long edge);
} // namespace ferro

#endif
