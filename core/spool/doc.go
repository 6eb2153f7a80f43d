// Package spool keeps received objects on disk, one Part 10 file each, and lays
// the folders in which runs work.
//
// An object's bytes go to its final file as they arrive; the name is new and
// never used again, so nothing is renamed. When they are all there, the file
// gets a seal (its data set's length and checksum, see dcm.Seal), then it is
// synced, as its entry in the folder was before it was used: only after that
// may the sender be told Success. After a crash the seal tells whole objects
// from begun ones, so no object that was answered can be lost, and no database
// has to be written between two objects.
//
// The package knows files and folders; what they mean is said by the state
// database.
package spool
