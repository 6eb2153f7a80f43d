// Package picture draws slices of DICOM objects for people to look at: a slice in a
// window, with segmentations and contours over it.
//
// Objects come in as open files. [Describe] reads what a list of pictures needs of
// each, with the bounded scanner of package dcm, and [SeriesOf] sorts them into series
// of slices. [Draw] makes a PNG of one slice; it reads pixels that a peer or a model
// wrote, so the agent has it done by a process of its own that is limited in time and
// memory, has no network and writes no file ([Drawer], [Child]). Compressed pixels go
// through package decompress before.
//
// A picture is a preview and not for diagnosis. The package must not change an object,
// and what it says of one that it cannot draw holds no value of it.
package picture
