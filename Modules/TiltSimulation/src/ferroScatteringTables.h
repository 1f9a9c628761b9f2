#ifndef ferroScatteringTables_h
#define ferroScatteringTables_h

namespace ferro
{
/** Kirkland (2010), table C.4: a (1/Angstrom), b (1/Angstrom^2), c (Angstrom), d (Angstrom^2). */
struct KirklandParameters
{
  double a[3];
  double b[3];
  double c[3];
  double d[3];
};

/** Lobato and Van Dyck (2014), table of the electron scattering factors: a (Angstrom), b (Angstrom^2). */
struct LobatoParameters
{
  double a[5];
  double b[5];
};

/** Null for an element that the table lacks. */
const KirklandParameters * FindKirklandParameters(int atomicNumber);
const LobatoParameters * FindLobatoParameters(int atomicNumber);
} // namespace ferro

#endif
