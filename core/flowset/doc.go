// Package flowset holds the flows of a site that are in force: those of its
// files, without those that are switched off.
//
// Folders of flow files and the switches that operators set come in. Out come
// the flows that arrivals are matched against, and for people each flow's state
// and what is wrong with its file. A broken file takes no flow out of force. The
// package matches nothing and starts nothing.
package flowset
