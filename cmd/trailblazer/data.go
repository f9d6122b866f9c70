package main

import (
	"cmp"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"trailblazer/envserver/catalog"
	"trailblazer/trainer/kernel"
)

// dataFlag is --data, with the environment variable behind it.
type dataFlag struct {
	dir string
	// flag is what the directory is given by; empty for --data.
	flag string
}

func (d *dataFlag) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&d.dir, "data", os.Getenv("TRAILBLAZER_DATA"),
		"directory with the real data sets; without it seeded stand-ins are used (or set TRAILBLAZER_DATA)")
}

// catalog opens the catalog over the data directory.
func (d *dataFlag) catalog() (*catalog.Catalog, error) { return d.catalogOn(0) }

// catalogOn is catalog, whose trained models decide on so many cores at once; 0
// stands for one each, for those who play many episodes at once.
func (d *dataFlag) catalogOn(cores int) (*catalog.Catalog, error) {
	c, err := catalog.New(catalog.Options{DataDir: d.dir, Compute: kernel.Options{Workers: cores}})
	if err != nil {
		return nil, fmt.Errorf("%s: %w; give one that holds abr/traces and abr/videos, or leave it out to play the built-in data", cmp.Or(d.flag, "--data"), err)
	}
	return c, nil
}
