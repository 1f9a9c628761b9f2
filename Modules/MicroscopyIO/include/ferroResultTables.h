#ifndef ferroResultTables_h
#define ferroResultTables_h

#include "FerroscopeMicroscopyIOExport.h"
#include "ferroAtomColumnSet.h"
#include "ferroUnitCellSet.h"

#include <filesystem>
#include <optional>

namespace ferro
{
/** \name The tables of a run
 *
 * Text with commas, one line of names, "\n" line ends, and numbers that do not depend on the locale: the same
 * data give the same bytes. Names carry their units. A quantity that is not known (NaN, a covariance of zero,
 * indices of a column outside the lattice) is an empty field. Angles are counter-clockwise as seen on the
 * screen. Without calibration the fields in nm and pm are empty and further columns in pixels follow at the end
 * (err_x_px for err_x_pm and so on); they are absent when there is a calibration.
 * @{ */

/** Writes columns.csv. The id is the position in the set.
 *
 * Columns: id, sublattice, i, j, x_px, y_px, x_nm, y_nm, amplitude, background, sigma_major_px, sigma_minor_px,
 * rotation_deg, err_x_pm, err_y_pm, cov_xy_pm2, residual_rms, flag, dev_x_pm, dev_y_pm, err_fit_x_pm, err_fit_y_pm,
 * err_scan_x_pm, err_scan_y_pm, scan_dx_pm, scan_dy_pm, drift_dx_pm, drift_dy_pm, err_frames_x_pm, err_frames_y_pm; not
 * calibrated also the same with px from err_x_px on. Throws OutputError with path and reason. */
FerroscopeMicroscopyIO_EXPORT void WriteColumnTable(const AtomColumnSet & columns, const std::filesystem::path & path);

/** Writes cells.csv. The id is the position in the set; p_uc_cm2 is filled when a factor from pm to uC/cm^2 is set.
 *
 * Columns: id, center, i, j, x_px, y_px, x_nm, y_nm, px_pm, py_pm, p_pm, angle_deg, err_px_pm, err_py_pm,
 * cov_pxy_pm2, a_nm, b_nm, gamma_deg, area_nm2, flag, strain_xx, strain_yy, strain_xy, lattice_rotation_deg,
 * p_uc_cm2; not calibrated also px_px, py_px, p_px, err_px_px, err_py_px, cov_pxy_px2, a_px, b_px, area_px2. Extra
 * columns of the set follow at the end.
 * Throws OutputError with path and reason. */
FerroscopeMicroscopyIO_EXPORT void WriteCellTable(const UnitCellSet & cells, const std::filesystem::path & path);

/** Writes scan_lines.csv: the shifts of the scan lines that were taken off, and their standard deviations. Fields of an
 * axis along which nothing was taken off are empty.
 *
 * Columns: line_px, dx_pm, err_dx_pm, dy_pm, err_dy_pm; not calibrated with px instead of pm.
 * \param lines the shifts
 * \param geometry of the image
 * \param path the file
 * \throws OutputError with path and reason */
FerroscopeMicroscopyIO_EXPORT void WriteScanLineTable(const ScanLines & lines, const ImageGeometry & geometry,
                                                      const std::filesystem::path & path);

/** Reads columns.csv, or any table with the columns x_px and y_px; the rest is taken where it is there, in any
 * order. Errors in pm are turned into pixels by the pixel size of the geometry, which is that of the image that
 * the positions refer to; when it is not calibrated, only the columns in pixels count.
 * Throws InputError: file, line, column, found, expected. */
FerroscopeMicroscopyIO_EXPORT AtomColumnSet::Pointer ReadColumnTable(const std::filesystem::path & path,
                                                                     const ImageGeometry & geometry);

/** Reads cells.csv, or any table with x_px, y_px and px_pm, py_pm (px_px, py_px without calibration), or the HDF5 table
 * that is published with an image of the BiFeO3 series (IsPublishedCellTable). Which columns make up a cell is not in
 * the file: centerColumn and corners stay 0. Throws InputError. */
FerroscopeMicroscopyIO_EXPORT UnitCellSet::Pointer ReadCellTable(const std::filesystem::path & path,
                                                                 const ImageGeometry & geometry);

/** Whether a file is the HDF5 table of unit cells that is published with an image of the BiFeO3 series
 * (Sm_x_n_UCParameterization.h5 beside Sm_x_n_HAADF.h5): data sets ab, xy_COM, Pxy, a, b, alpha, Vol, I1 to I5. False
 * for a file that is missing or damaged. */
FerroscopeMicroscopyIO_EXPORT bool IsPublishedCellTable(const std::filesystem::path & path);

/** Size and calibration of the image that a published table belongs to, as far as the image lies beside it.
 *
 * \param path the table
 * \param pixelSizeNm replaces the calibration of the image, which the published ones do not have
 * Throws InputError. */
FerroscopeMicroscopyIO_EXPORT ImageGeometry GetPublishedCellGeometry(const std::filesystem::path & path,
                                                                     std::optional<double> pixelSizeNm = {});
/** @} */
} // namespace ferro

#endif
