// Package lang reads the two languages that RadDeploy is configured in, YAML
// and HCL, into one tree of nodes that knows where each value stands, and says
// what is wrong with a file as a compiler does: file, line, column, the line
// itself and what to do.
//
// Text goes in; nodes, values and diagnostics come out. The package knows
// neither flows nor sites, opens no file, and never stops at the first mistake.
package lang
