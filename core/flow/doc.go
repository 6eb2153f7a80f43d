// Package flow says what a flow is: triggers that select DICOM objects, models
// that run as containers in the order that their mounts imply, and destinations
// for what they leave. It validates flows and knows their graph.
//
// It is given decoded values (package flowfile reads files) and answers
// questions about them. It reads no file, runs nothing and knows no executor.
package flow
