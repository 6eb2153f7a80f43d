// Package trial tries flows on a folder of DICOM files, before any patient's
// data meets them.
//
// A folder and flows go in; for each flow comes out what it would do and why,
// in the words of package match, and what its run would be: the layout of src,
// the models in their stages, the executors that would take them, the
// destinations. Nothing is started, sent or written here. What it tells holds
// values of patients' objects: they are for whoever asked, never for a log.
package trial
