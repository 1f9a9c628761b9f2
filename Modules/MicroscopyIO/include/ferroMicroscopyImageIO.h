#ifndef ferroMicroscopyImageIO_h
#define ferroMicroscopyImageIO_h

#include "FerroscopeMicroscopyIOExport.h"
#include "ferroMicroscopyFile.h"

#include "itkImageIOBase.h"
#include "itkObjectFactoryBase.h"
#include "itkVersion.h"

namespace ferro
{
/** \class MicroscopyImageIO
 * \brief Base of the ITK ImageIOs of this module: two-dimensional float images with spacing in nm.
 *
 * Works on the same MicroscopyFile as InspectFile and ReadMicrograph. SetImageSelection chooses the image and frame;
 * without it the only image is read, and a file with several, or a stack, is refused with a list of what there is. The
 * dictionary gets CalibratedKey, TitleKey and the file's metadata as "Ferroscope.<name>". Regions are read by
 * themselves (ITK's streaming), the memory of a read is that of the region. Cannot write.
 */
class FerroscopeMicroscopyIO_EXPORT MicroscopyImageIO : public itk::ImageIOBase
{
public:
  ITK_DISALLOW_COPY_AND_MOVE(MicroscopyImageIO);

  using Self = MicroscopyImageIO;
  using Superclass = itk::ImageIOBase;
  using Pointer = itk::SmartPointer<Self>;
  itkTypeMacro(MicroscopyImageIO, itk::ImageIOBase);

  void SetImageSelection(const ImageSelection & selection);
  const ImageSelection &
  GetImageSelection() const
  {
    return m_Selection;
  }

  /** Whether the content is of this format and holds an image that can be read. */
  bool CanReadFile(const char * fileName) override;
  void ReadImageInformation() override;
  /** Reads the IO region, or the whole frame when none is set. */
  void Read(void * buffer) override;
  bool
  CanStreamRead() override
  {
    return true;
  }
  /** The requested region, or the whole frame where it is compressed in one piece. */
  itk::ImageIORegion GenerateStreamableReadRegionFromRequestedRegion(
    const itk::ImageIORegion & requested) const override;
  bool
  CanWriteFile(const char *) override
  {
    return false;
  }
  void WriteImageInformation() override;
  void Write(const void * buffer) override;

protected:
  /** \a format: name in the list of formats. */
  explicit MicroscopyImageIO(const char * format);
  ~MicroscopyImageIO() override;
  void PrintSelf(std::ostream & os, itk::Indent indent) const override;

private:
  std::string m_Format;
  ImageSelection m_Selection;
  std::unique_ptr<MicroscopyFile> m_File;
  ResolvedSelection m_Resolved;
};

/** Gatan DigitalMicrograph 3 and 4. */
class FerroscopeMicroscopyIO_EXPORT GatanImageIO : public MicroscopyImageIO
{
public:
  ITK_DISALLOW_COPY_AND_MOVE(GatanImageIO);
  using Self = GatanImageIO;
  using Superclass = MicroscopyImageIO;
  using Pointer = itk::SmartPointer<Self>;
  itkFactorylessNewMacro(Self);
  itkTypeMacro(GatanImageIO, MicroscopyImageIO);

protected:
  GatanImageIO();
  ~GatanImageIO() override;
};

/** TIA series (SER with EMI). */
class FerroscopeMicroscopyIO_EXPORT TiaImageIO : public MicroscopyImageIO
{
public:
  ITK_DISALLOW_COPY_AND_MOVE(TiaImageIO);
  using Self = TiaImageIO;
  using Superclass = MicroscopyImageIO;
  using Pointer = itk::SmartPointer<Self>;
  itkFactorylessNewMacro(Self);
  itkTypeMacro(TiaImageIO, MicroscopyImageIO);

protected:
  TiaImageIO();
  ~TiaImageIO() override;
};

/** HyperSpy signals in HDF5. */
class FerroscopeMicroscopyIO_EXPORT HyperSpyImageIO : public MicroscopyImageIO
{
public:
  ITK_DISALLOW_COPY_AND_MOVE(HyperSpyImageIO);
  using Self = HyperSpyImageIO;
  using Superclass = MicroscopyImageIO;
  using Pointer = itk::SmartPointer<Self>;
  itkFactorylessNewMacro(Self);
  itkTypeMacro(HyperSpyImageIO, MicroscopyImageIO);

protected:
  HyperSpyImageIO();
  ~HyperSpyImageIO() override;
};

/** TIFF with the calibrations of ImageJ, Gatan, OME, FEI and Zeiss. */
class FerroscopeMicroscopyIO_EXPORT CalibratedTiffImageIO : public MicroscopyImageIO
{
public:
  ITK_DISALLOW_COPY_AND_MOVE(CalibratedTiffImageIO);
  using Self = CalibratedTiffImageIO;
  using Superclass = MicroscopyImageIO;
  using Pointer = itk::SmartPointer<Self>;
  itkFactorylessNewMacro(Self);
  itkTypeMacro(CalibratedTiffImageIO, MicroscopyImageIO);

protected:
  CalibratedTiffImageIO();
  ~CalibratedTiffImageIO() override;
};

/** NumPy arrays. */
class FerroscopeMicroscopyIO_EXPORT NumpyImageIO : public MicroscopyImageIO
{
public:
  ITK_DISALLOW_COPY_AND_MOVE(NumpyImageIO);
  using Self = NumpyImageIO;
  using Superclass = MicroscopyImageIO;
  using Pointer = itk::SmartPointer<Self>;
  itkFactorylessNewMacro(Self);
  itkTypeMacro(NumpyImageIO, MicroscopyImageIO);

protected:
  NumpyImageIO();
  ~NumpyImageIO() override;
};

/** Gray PNG with the values that are stored. */
class FerroscopeMicroscopyIO_EXPORT GrayPngImageIO : public MicroscopyImageIO
{
public:
  ITK_DISALLOW_COPY_AND_MOVE(GrayPngImageIO);
  using Self = GrayPngImageIO;
  using Superclass = MicroscopyImageIO;
  using Pointer = itk::SmartPointer<Self>;
  itkFactorylessNewMacro(Self);
  itkTypeMacro(GrayPngImageIO, MicroscopyImageIO);

protected:
  GrayPngImageIO();
  ~GrayPngImageIO() override;
};

/** EMD files of Velox (Thermo Fisher). */
class FerroscopeMicroscopyIO_EXPORT VeloxImageIO : public MicroscopyImageIO
{
public:
  ITK_DISALLOW_COPY_AND_MOVE(VeloxImageIO);
  using Self = VeloxImageIO;
  using Superclass = MicroscopyImageIO;
  using Pointer = itk::SmartPointer<Self>;
  itkFactorylessNewMacro(Self);
  itkTypeMacro(VeloxImageIO, MicroscopyImageIO);

protected:
  VeloxImageIO();
  ~VeloxImageIO() override;
};

/** NSID and USID files of pycroscopy. */
class FerroscopeMicroscopyIO_EXPORT PycroscopyImageIO : public MicroscopyImageIO
{
public:
  ITK_DISALLOW_COPY_AND_MOVE(PycroscopyImageIO);
  using Self = PycroscopyImageIO;
  using Superclass = MicroscopyImageIO;
  using Pointer = itk::SmartPointer<Self>;
  itkFactorylessNewMacro(Self);
  itkTypeMacro(PycroscopyImageIO, MicroscopyImageIO);

protected:
  PycroscopyImageIO();
  ~PycroscopyImageIO() override;
};

/** Gatan DM5. */
class FerroscopeMicroscopyIO_EXPORT GatanHdf5ImageIO : public MicroscopyImageIO
{
public:
  ITK_DISALLOW_COPY_AND_MOVE(GatanHdf5ImageIO);
  using Self = GatanHdf5ImageIO;
  using Superclass = MicroscopyImageIO;
  using Pointer = itk::SmartPointer<Self>;
  itkFactorylessNewMacro(Self);
  itkTypeMacro(GatanHdf5ImageIO, MicroscopyImageIO);

protected:
  GatanHdf5ImageIO();
  ~GatanHdf5ImageIO() override;
};

/** EMD files of NCEM, py4DSTEM and Prismatic. */
class FerroscopeMicroscopyIO_EXPORT EmdImageIO : public MicroscopyImageIO
{
public:
  ITK_DISALLOW_COPY_AND_MOVE(EmdImageIO);
  using Self = EmdImageIO;
  using Superclass = MicroscopyImageIO;
  using Pointer = itk::SmartPointer<Self>;
  itkFactorylessNewMacro(Self);
  itkTypeMacro(EmdImageIO, MicroscopyImageIO);

protected:
  EmdImageIO();
  ~EmdImageIO() override;
};

/** HDF5 of any program: FILE, or FILE:/path/to/data. Files of ITK itself are left to ITK. */
class FerroscopeMicroscopyIO_EXPORT PlainHdf5ImageIO : public MicroscopyImageIO
{
public:
  ITK_DISALLOW_COPY_AND_MOVE(PlainHdf5ImageIO);
  using Self = PlainHdf5ImageIO;
  using Superclass = MicroscopyImageIO;
  using Pointer = itk::SmartPointer<Self>;
  itkFactorylessNewMacro(Self);
  itkTypeMacro(PlainHdf5ImageIO, MicroscopyImageIO);

  bool CanReadFile(const char * fileName) override;

protected:
  PlainHdf5ImageIO();
  ~PlainHdf5ImageIO() override;
};

/** MRC images and stacks. */
class FerroscopeMicroscopyIO_EXPORT MrcImageIO : public MicroscopyImageIO
{
public:
  ITK_DISALLOW_COPY_AND_MOVE(MrcImageIO);
  using Self = MrcImageIO;
  using Superclass = MicroscopyImageIO;
  using Pointer = itk::SmartPointer<Self>;
  itkFactorylessNewMacro(Self);
  itkTypeMacro(MrcImageIO, MicroscopyImageIO);

protected:
  MrcImageIO();
  ~MrcImageIO() override;
};

/** \class MicroscopyImageIOFactory
 * \brief ITK object factory of one of the ImageIOs above.
 */
template <typename TImageIO>
class ITK_TEMPLATE_EXPORT MicroscopyImageIOFactory : public itk::ObjectFactoryBase
{
public:
  ITK_DISALLOW_COPY_AND_MOVE(MicroscopyImageIOFactory);
  using Self = MicroscopyImageIOFactory;
  using Superclass = itk::ObjectFactoryBase;
  using Pointer = itk::SmartPointer<Self>;
  itkFactorylessNewMacro(Self);
  itkTypeMacro(MicroscopyImageIOFactory, itk::ObjectFactoryBase);

  const char *
  GetITKSourceVersion() const override
  {
    return ITK_SOURCE_VERSION;
  }
  const char *
  GetDescription() const override
  {
    return "Reads a format of electron microscopy";
  }
  /** Registers the factory ahead of those that are there. */
  static void
  RegisterOneFactory()
  {
    itk::ObjectFactoryBase::RegisterFactory(Self::New(),
                                            itk::ObjectFactoryBase::InsertionPositionEnum::INSERT_AT_FRONT);
  }

protected:
  MicroscopyImageIOFactory()
  {
    const auto sample = TImageIO::New();
    this->RegisterOverride("itkImageIOBase", sample->GetNameOfClass(), "Ferroscope microscopy file", true,
                           itk::CreateObjectFunction<TImageIO>::New());
  }
  ~MicroscopyImageIOFactory() override = default;
};

using GatanImageIOFactory = MicroscopyImageIOFactory<GatanImageIO>;
using TiaImageIOFactory = MicroscopyImageIOFactory<TiaImageIO>;
using HyperSpyImageIOFactory = MicroscopyImageIOFactory<HyperSpyImageIO>;
using CalibratedTiffImageIOFactory = MicroscopyImageIOFactory<CalibratedTiffImageIO>;
using NumpyImageIOFactory = MicroscopyImageIOFactory<NumpyImageIO>;
using GrayPngImageIOFactory = MicroscopyImageIOFactory<GrayPngImageIO>;
using VeloxImageIOFactory = MicroscopyImageIOFactory<VeloxImageIO>;
using PycroscopyImageIOFactory = MicroscopyImageIOFactory<PycroscopyImageIO>;
using GatanHdf5ImageIOFactory = MicroscopyImageIOFactory<GatanHdf5ImageIO>;
using PlainHdf5ImageIOFactory = MicroscopyImageIOFactory<PlainHdf5ImageIO>;
using EmdImageIOFactory = MicroscopyImageIOFactory<EmdImageIO>;
using MrcImageIOFactory = MicroscopyImageIOFactory<MrcImageIO>;
} // namespace ferro

#endif
