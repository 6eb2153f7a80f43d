// Package config reads a site's configuration: HCL files and the environment go
// in, a [Site] in which every setting has a value, or diagnostics with the
// places of the mistakes, come out.
//
// It checks what can be seen in the files alone: it opens no port, looks for no
// plugin and creates no folder. What an executor's config block means is left
// to its plugin's schema.
package config
