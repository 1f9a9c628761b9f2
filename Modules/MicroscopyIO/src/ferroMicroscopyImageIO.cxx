#include "ferroMicroscopyImageIO.h"

#include "ferroErrors.h"
#include "ferroHdf5.h"
#include "ferroMicroscopyFormats.h"

#include <algorithm>
#include <mutex>

namespace ferro
{
MicroscopyImageIO::MicroscopyImageIO(const char * format) : m_Format(format)
{
  this->SetNumberOfDimensions(2);
  this->SetPixelType(itk::IOPixelEnum::SCALAR);
  this->SetComponentType(itk::IOComponentEnum::FLOAT);
  this->SetNumberOfComponents(1);
  for (const MicroscopyFormat & known : GetMicroscopyFormats())
  {
    if (known.name == m_Format)
    {
      for (const std::string & extension : known.extensions)
      {
        this->AddSupportedReadExtension(extension.c_str());
      }
    }
  }
}

MicroscopyImageIO::~MicroscopyImageIO() = default;

void
MicroscopyImageIO::SetImageSelection(const ImageSelection & selection)
{
  m_Selection = selection;
  m_File.reset();
  this->Modified();
}

bool
MicroscopyImageIO::CanReadFile(const char * fileName)
{
  try
  {
    const MicroscopyFormat * format = FindMicroscopyFormat(fileName);
    if (format == nullptr || m_Format != format->name)
    {
      return false;
    }
    // A colour picture is left to ITK's own readers.
    const auto file = format->open(fileName);
    const std::vector<ImageInfo> & images = file->GetInfo().images;
    return std::any_of(images.begin(), images.end(), [](const ImageInfo & image) { return image.readable; });
  }
  catch (const std::exception &)
  {
    return false;
  }
}

void
MicroscopyImageIO::ReadImageInformation()
{
  m_File = OpenMicroscopyFile(this->GetFileName());
  m_Resolved = ResolveSelection(*m_File, m_Selection);
  const ImageInfo & image = m_File->GetInfo().images[static_cast<std::size_t>(m_Resolved.image)];
  m_File->GetFramePixels(m_Resolved.image);
  this->SetNumberOfDimensions(2);
  for (unsigned int d = 0; d < 2; ++d)
  {
    this->SetDimensions(d, static_cast<itk::SizeValueType>(image.shape[image.shape.size() - 1 - d]));
    this->SetSpacing(d, m_Resolved.pixelSizeNm[d]);
    this->SetOrigin(d, 0.0);
  }
  FillDictionary(this->GetMetaDataDictionary(), *m_File, m_Resolved);
}

void
MicroscopyImageIO::Read(void * buffer)
{
  if (!m_File)
  {
    this->ReadImageInformation();
  }
  FrameRegion region = m_File->GetFrameRegion(m_Resolved.image);
  const itk::ImageIORegion & wanted = this->GetIORegion();
  if (wanted.GetImageDimension() >= 2 && wanted.GetSize(0) > 0 && wanted.GetSize(1) > 0)
  {
    region = {static_cast<long>(wanted.GetIndex(0)), static_cast<long>(wanted.GetIndex(1)),
              static_cast<long>(wanted.GetSize(0)), static_cast<long>(wanted.GetSize(1))};
  }
  ReadSelection(*m_File, m_Resolved, region, static_cast<float *>(buffer));
}

itk::ImageIORegion
MicroscopyImageIO::GenerateStreamableReadRegionFromRequestedRegion(const itk::ImageIORegion & requested) const
{
  if (this->GetUseStreamedReading() && m_File &&
      m_File->GetRowsPerBlock(m_Resolved.image) < m_File->GetFrameRegion(m_Resolved.image).height)
  {
    return requested;
  }
  return Superclass::GenerateStreamableReadRegionFromRequestedRegion(requested);
}

void
MicroscopyImageIO::WriteImageInformation()
{
  itkExceptionMacro("This format cannot be written");
}

void
MicroscopyImageIO::Write(const void *)
{
  itkExceptionMacro("This format cannot be written");
}

void
MicroscopyImageIO::PrintSelf(std::ostream & os, itk::Indent indent) const
{
  Superclass::PrintSelf(os, indent);
  os << indent << "Format: " << m_Format << "\n";
  os << indent << "Selected image: " << m_Selection.image << "\n";
  os << indent << "Selected frame: " << m_Selection.frame << "\n";
}

GatanImageIO::GatanImageIO() : MicroscopyImageIO(GatanFormat().name)
{
}
GatanImageIO::~GatanImageIO() = default;

TiaImageIO::TiaImageIO() : MicroscopyImageIO(TiaFormat().name)
{
}
TiaImageIO::~TiaImageIO() = default;

HyperSpyImageIO::HyperSpyImageIO() : MicroscopyImageIO(HyperSpyFormat().name)
{
}
HyperSpyImageIO::~HyperSpyImageIO() = default;

CalibratedTiffImageIO::CalibratedTiffImageIO() : MicroscopyImageIO(TiffFormat().name)
{
}
CalibratedTiffImageIO::~CalibratedTiffImageIO() = default;

NumpyImageIO::NumpyImageIO() : MicroscopyImageIO(NumpyFormat().name)
{
}
NumpyImageIO::~NumpyImageIO() = default;

GrayPngImageIO::GrayPngImageIO() : MicroscopyImageIO(PngFormat().name)
{
}
GrayPngImageIO::~GrayPngImageIO() = default;

VeloxImageIO::VeloxImageIO() : MicroscopyImageIO(VeloxFormat().name)
{
}
VeloxImageIO::~VeloxImageIO() = default;

PycroscopyImageIO::PycroscopyImageIO() : MicroscopyImageIO(PycroscopyFormat().name)
{
}
PycroscopyImageIO::~PycroscopyImageIO() = default;

GatanHdf5ImageIO::GatanHdf5ImageIO() : MicroscopyImageIO(GatanHdf5Format().name)
{
}
GatanHdf5ImageIO::~GatanHdf5ImageIO() = default;

EmdImageIO::EmdImageIO() : MicroscopyImageIO(EmdFormat().name)
{
}
EmdImageIO::~EmdImageIO() = default;

PlainHdf5ImageIO::PlainHdf5ImageIO() : MicroscopyImageIO(PlainHdf5Format().name)
{
}
PlainHdf5ImageIO::~PlainHdf5ImageIO() = default;

bool
PlainHdf5ImageIO::CanReadFile(const char * fileName)
{
  if (!Superclass::CanReadFile(fileName))
  {
    return false;
  }
  // itk::HDF5ImageIO knows the spacing of its own files. Who names a data set in one wants that.
  const auto [outer, inner] = SplitInnerPath(fileName);
  return !inner.empty() || !Hdf5File(outer).IsGroup("/ITKImage");
}

MrcImageIO::MrcImageIO() : MicroscopyImageIO(MrcFormat().name)
{
}
MrcImageIO::~MrcImageIO() = default;

void
RegisterMicroscopyIOFactories()
{
  static std::once_flag once;
  std::call_once(once,
                 []
                 {
                   GatanImageIOFactory::RegisterOneFactory();
                   TiaImageIOFactory::RegisterOneFactory();
                   HyperSpyImageIOFactory::RegisterOneFactory();
                   CalibratedTiffImageIOFactory::RegisterOneFactory();
                   NumpyImageIOFactory::RegisterOneFactory();
                   GrayPngImageIOFactory::RegisterOneFactory();
                   VeloxImageIOFactory::RegisterOneFactory();
                   PycroscopyImageIOFactory::RegisterOneFactory();
                   GatanHdf5ImageIOFactory::RegisterOneFactory();
                   EmdImageIOFactory::RegisterOneFactory();
                   PlainHdf5ImageIOFactory::RegisterOneFactory();
                   MrcImageIOFactory::RegisterOneFactory();
                 });
}
} // namespace ferro
