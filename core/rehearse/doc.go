// Package rehearse tries flows before any patient's data meets them.
//
//   - [Trial]: flows and a folder of DICOM files go in; for each flow comes out
//     what it would do and why, as package match/decide says it, and what its
//     run would be: the layout of src, the models in their stages, the executors
//     that would take them, the destinations. Nothing is started.
//   - [Run]: one flow is run on files that never arrived, and sends nothing.
//   - [Offline]: a site and its flows are held against this machine's programs and
//     files.
//   - [Online]: a site and its flows are held against the executors, registries
//     and destinations that are really there.
//
// What it returns holds values of patients' objects: it is for the caller, and
// must never be logged.
package rehearse
