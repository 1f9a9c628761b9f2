#include "ferroProjectedPotential.h"

#include "ferroElectron.h"
#include "ferroElements.h"
#include "ferroErrors.h"
#include "ferroWaveKernels.h"

#include <algorithm>
#include <cmath>

namespace ferro
{
namespace
{
constexpr double Pi = 3.14159265358979323846;

// exp(-2 pi i k r) for k = 0..count-1, in steps of one over the period; of `samples` frequencies the second half is
// negative. The largest frequency stands for both signs: the mean of the two is real.
void
FillPhases(double fraction, int samples, int count, float * re, float * im)
{
  for (int n = 0; n < count; ++n)
  {
    const double k = 2 * n > samples ? n - samples : n;
    // Whole turns are taken off while the numbers are still exact enough.
    const double turns = k * fraction;
    const double angle = -2.0 * Pi * (turns - std::floor(turns));
    re[n] = static_cast<float>(std::cos(angle));
    im[n] = 2 * n == samples ? 0.0f : static_cast<float>(std::sin(angle));
  }
}
} // namespace

ProjectedPotential::ProjectedPotential(const WaveGrid & grid, ScatteringModel model,
                                       const std::vector<StructureAtom> & atoms, bool damped)
  : m_Grid(grid), m_Damped(damped), m_HalfColumns(grid.GetNx() / 2 + 1),
    m_Columns(grid.GetNy(), 1, grid.GetNy(), FourierDirection::Inverse),
    m_Rows(grid.GetNx(), 1, grid.GetNx(), FourierDirection::Inverse)
{
  const auto ny = static_cast<std::size_t>(grid.GetNy());
  const double scale = GetScatteringFactorToPotential() / (grid.GetLengthXA() * grid.GetLengthYA());
  for (const auto & atom : atoms)
  {
    if (damped && !(atom.displacementRmsA >= 0.0))
    {
      throw AnalysisError("structure: no thermal displacement for " + GetElementSymbol(atom.atomicNumber) +
                          ", expected one for each atom");
    }
    const auto kind = this->KindOf(atom);
    auto & factors = m_Factors[kind].even;
    if (!factors.empty())
    {
      continue;
    }
    factors.resize(static_cast<std::size_t>(m_HalfColumns) * ny);
    for (int c = 0; c < m_HalfColumns; ++c)
    {
      for (int y = 0; y < grid.GetNy(); ++y)
      {
        const double k = std::hypot(c / grid.GetLengthXA(), grid.GetKy(y));
        factors[static_cast<std::size_t>(c) * ny + static_cast<std::size_t>(y)] =
          static_cast<float>(scale * GetScatteringFactor(model, kind.first, k) *
                             std::exp(-2.0 * Pi * Pi * kind.second * kind.second * k * k));
      }
    }
  }
}

ProjectedPotential::ProjectedPotential(const WaveGrid & grid, std::map<Kind, Factors> factors)
  : m_Grid(grid), m_Damped(true), m_HalfColumns(grid.GetNx() / 2 + 1), m_Factors(std::move(factors)),
    m_Columns(grid.GetNy(), 1, grid.GetNy(), FourierDirection::Inverse),
    m_Rows(grid.GetNx(), 1, grid.GetNx(), FourierDirection::Inverse)
{
}

ProjectedPotential::Kind
ProjectedPotential::KindOf(const StructureAtom & atom) const
{
  return {atom.atomicNumber, m_Damped ? atom.displacementRmsA : 0.0};
}

RealBuffer
ProjectedPotential::Compute(const std::vector<StructureAtom> & atoms) const
{
  const int nx = m_Grid.GetNx();
  const auto ny = static_cast<std::size_t>(m_Grid.GetNy());
  const auto half = static_cast<std::size_t>(m_HalfColumns);
  std::map<Kind, std::vector<const StructureAtom *>> kinds;
  for (const auto & atom : atoms)
  {
    kinds[this->KindOf(atom)].push_back(&atom);
  }

  ComplexBuffer spectrum(half * ny);
  RealBuffer sumRe(ny);
  RealBuffer sumIm(ny);
  for (const auto & [kind, members] : kinds)
  {
    const auto & factors = m_Factors.at(kind);
    RealBuffer xRe(members.size() * half);
    RealBuffer xIm(members.size() * half);
    RealBuffer yRe(members.size() * ny);
    RealBuffer yIm(members.size() * ny);
    for (std::size_t n = 0; n < members.size(); ++n)
    {
      const auto & position = members[n]->positionA;
      FillPhases(position.x() / m_Grid.GetLengthXA(), nx, m_HalfColumns, &xRe[n * half], &xIm[n * half]);
      FillPhases(position.y() / m_Grid.GetLengthYA(), m_Grid.GetNy(), m_Grid.GetNy(), &yRe[n * ny], &yIm[n * ny]);
    }
    for (std::size_t c = 0; c < half; ++c)
    {
      std::fill(sumRe.begin(), sumRe.end(), 0.0f);
      std::fill(sumIm.begin(), sumIm.end(), 0.0f);
      for (std::size_t n = 0; n < members.size(); ++n)
      {
        const auto weight = static_cast<float>(members[n]->occupancy);
        AddScaledPhases(sumRe.data(), sumIm.data(), &yRe[n * ny], &yIm[n * ny], weight * xRe[n * half + c],
                        weight * xIm[n * half + c], ny);
      }
      auto * column = &spectrum[c * ny];
      const auto * even = &factors.even[c * ny];
      for (std::size_t y = 0; y < ny; ++y)
      {
        column[y] += std::complex<float>(even[y] * sumRe[y], even[y] * sumIm[y]);
      }
      const auto * odd = factors.odd.empty() ? nullptr : &factors.odd[c * ny];
      for (std::size_t y = 0; odd && y < ny; ++y)
      {
        column[y] += std::complex<float>(-odd[y] * sumIm[y], odd[y] * sumRe[y]);
      }
    }
  }

  // The potential is real: negative kx hold the conjugates, and so half of the columns is enough.
  ComplexBuffer column(ny);
  for (std::size_t c = 0; c < half; ++c)
  {
    std::copy_n(&spectrum[c * ny], ny, column.begin());
    m_Columns.Execute(column.data());
    std::copy_n(column.begin(), ny, &spectrum[c * ny]);
  }
  ComplexBuffer row(static_cast<std::size_t>(nx));
  RealBuffer result(m_Grid.GetSize());
  for (std::size_t y = 0; y < ny; ++y)
  {
    for (std::size_t c = 0; c < half; ++c)
    {
      const auto mirror = (static_cast<std::size_t>(nx) - c) % static_cast<std::size_t>(nx);
      row[mirror] = std::conj(spectrum[c * ny + y]);
      row[c] = spectrum[c * ny + y];
    }
    m_Rows.Execute(row.data());
    for (std::size_t x = 0; x < static_cast<std::size_t>(nx); ++x)
    {
      result[y * static_cast<std::size_t>(nx) + x] = row[x].real();
    }
  }
  return result;
}
} // namespace ferro
