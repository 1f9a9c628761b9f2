#ifndef ferroPngPicture_h
#define ferroPngPicture_h

#include "ferroColorMaps.h"

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vtkImageData.h>
#include <vtkNew.h>
#include <vtkPNGReader.h>

namespace ferro
{
/** \class PngPicture
 * \brief A picture read back from a file, to look at single pixels (from the upper left corner).
 */
class PngPicture
{
public:
  explicit PngPicture(const std::filesystem::path & file)
  {
    m_Reader->SetFileName(file.c_str());
    m_Reader->Update();
    const int * size = m_Reader->GetOutput()->GetDimensions();
    m_Width = size[0];
    m_Height = size[1];
    m_Components = m_Reader->GetOutput()->GetNumberOfScalarComponents();
    m_Pixels = static_cast<const unsigned char *>(m_Reader->GetOutput()->GetScalarPointer());
  }
  int
  Width() const
  {
    return m_Width;
  }
  int
  Height() const
  {
    return m_Height;
  }
  Rgb
  At(int x, int y) const
  {
    const unsigned char * p = m_Pixels + static_cast<std::ptrdiff_t>(m_Components) *
                                           (static_cast<std::ptrdiff_t>(m_Height - 1 - y) * m_Width + x);
    return {p[0], p[1], p[2]};
  }
  /** Number of pixels that differ from a colour by at most tolerance in each channel. */
  long
  Count(const Rgb & color, int tolerance) const
  {
    long count = 0;
    for (int y = 0; y < this->Height(); ++y)
    {
      for (int x = 0; x < this->Width(); ++x)
      {
        const Rgb found = this->At(x, y);
        bool near = true;
        for (std::size_t k = 0; k < 3; ++k)
        {
          near = near && std::abs(static_cast<int>(found[k]) - static_cast<int>(color[k])) <= tolerance;
        }
        count += near;
      }
    }
    return count;
  }

private:
  vtkNew<vtkPNGReader> m_Reader;
  const unsigned char * m_Pixels = nullptr;
  int m_Width = 0;
  int m_Height = 0;
  int m_Components = 0;
};
} // namespace ferro

#endif
