package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"trailblazer/datasets/convert"
	"trailblazer/datasets/dash"
	"trailblazer/datasets/trace"
)

// importFlags are the arguments of `trailblazer data import`.
type importFlags struct {
	out     string
	format  string
	to      string
	options convert.Options
	video   string
	dash    dash.Options
	asJSON  bool
}

func newDataImportCommand() *cobra.Command {
	var flags importFlags
	cmd := &cobra.Command{
		Use:   "import FILE|DIR... --out DIR",
		Short: "Bring traces of bandwidth, and videos, in other formats",
		Long: `Bring traces and videos into the formats that scenarios read, and print the
command that plays them.

Traces may be mahimahi's lists of delivery opportunities, texts of seconds and
Mbit/s (Pensieve, NetLLM), HSDPA logs (Norway 3G, Ghent 4G), tables with a header
(CSV), the JSON of Genet and OpenNetLab, and HoloWAN playback files. The format
is told by the content. Delay, loss and queues of a recording are left out;
'rollout --scenario cc/custom --sessions FILE' plays recordings as they are.

--to cooked is for abr/custom: a sample is the mean of the time that ends at its
stamp. --to mahimahi is for cc/custom and mm-link. Either way, the bytes that a
trace delivers until any time stay the same but for one packet of 1,500 bytes.
A table's columns are found by their names ("time_s", "Throughput (kbps)"), or
named by flags.

--video takes the manifest of an MPEG-DASH video. Sizes of segments come from
byte ranges, from the file's segment index, or from the files beside it.`,
		Example: `  # Logs of a 3G network, for video players
  trailblazer data import norway/ --out mine
  trailblazer rollout --scenario abr/custom --config @mine/config.json --policies bba,mpc

  # The same for congestion controllers
  trailblazer data import norway/ --to mahimahi --out mine

  # A table of one's own
  trailblazer data import speeds.csv --time-column at --time-unit ms --bandwidth-column down --bandwidth-unit kbps --out mine

  # A video; it is played over the traces that are there
  trailblazer data import --video bunny.mpd --out mine`,
		RunE: func(cmd *cobra.Command, args []string) error { return flags.run(cmd, args) },
	}
	f := cmd.Flags()
	f.StringVar(&flags.out, "out", "", "directory to write to; what is in it stays, but for files of the same names")
	f.StringVar(&flags.format, "format", string(convert.FormatAuto), "format of the files: "+formatNames(convert.Formats()))
	f.StringVar(&flags.to, "to", string(convert.FormatCooked), "format to write: "+formatNames(convert.Targets()))
	f.Float64Var(&flags.options.BinMs, "bin-ms", convert.DefaultBinMs, "length of a sample that is made of delivery opportunities")
	f.StringVar(&flags.options.CSV.TimeColumn, "time-column", "", "name of the column of times (CSV)")
	f.StringVar(&flags.options.CSV.TimeUnit, "time-unit", "", "its unit: "+strings.Join(trace.TimeUnits(), ", "))
	f.StringVar(&flags.options.CSV.BandwidthColumn, "bandwidth-column", "", "name of the column of bandwidths (CSV)")
	f.StringVar(&flags.options.CSV.BandwidthUnit, "bandwidth-unit", "", "its unit: "+strings.Join(trace.BandwidthUnits(), ", "))
	f.BoolVar(&flags.options.CSV.After, "samples-begin", false, "a row's bandwidth holds from its time on, not until it (CSV)")
	f.StringVar(&flags.video, "video", "", "manifest of a video (MPD)")
	f.StringVar(&flags.dash.Set, "adaptation-set", "", "id of the video's adaptation set, where there are several")
	f.StringVar(&flags.dash.Name, "name", "", "name of the video (default: that of the manifest)")
	f.BoolVar(&flags.asJSON, "json", false, "print one JSON object instead of the table")
	cmd.MarkFlagRequired("out")
	return cmd
}

func formatNames(formats []convert.Format) string {
	names := make([]string, len(formats))
	for i, f := range formats {
		names[i] = string(f)
	}
	return strings.Join(names, ", ")
}

// importResult is what `data import --json` prints.
type importResult struct {
	Traces []convert.Imported `json:"traces,omitempty"`
	Video  *importedVideo     `json:"video,omitempty"`
	// Commands play what was imported.
	Commands []string `json:"commands"`
}

type importedVideo struct {
	Directory    string `json:"directory"`
	BitratesKbps []int  `json:"bitrates_kbps"`
	Chunks       int    `json:"chunks"`
	ChunkMs      int    `json:"chunk_ms"`
}

func (f *importFlags) run(cmd *cobra.Command, args []string) error {
	if len(args) == 0 && f.video == "" {
		return errors.New("nothing to import: give files or directories of traces, or --video MANIFEST.mpd")
	}
	f.options.Format = convert.Format(f.format)
	if !slices.Contains(convert.Formats(), f.options.Format) {
		return fmt.Errorf("--format %s is not known: give one of %s", f.format, formatNames(convert.Formats()))
	}
	if !slices.Contains(convert.Targets(), convert.Format(f.to)) {
		return fmt.Errorf("--to %s is no format that is written: give one of %s", f.to, formatNames(convert.Targets()))
	}
	folder := convert.Folder(f.out)
	var result importResult
	if f.video != "" {
		video, err := dash.Load(f.video, f.dash)
		if err != nil {
			return err
		}
		dir, err := folder.AddVideo(&video)
		if err != nil {
			return fmt.Errorf("--out: %w", err)
		}
		result.Video = &importedVideo{dir, video.BitratesKbps, video.Chunks(), video.ChunkMs}
	}
	if len(args) > 0 {
		var sources []convert.Source
		for _, path := range args {
			list, err := convert.Load(path, f.options)
			if err != nil {
				return err
			}
			sources = append(sources, list...)
		}
		var err error
		if result.Traces, err = folder.AddTraces(sources, convert.Format(f.to)); err != nil {
			return err
		}
	}
	result.Commands = f.commands(folder, &result)
	if f.asJSON {
		return writeJSON(cmd.OutOrStdout(), &result)
	}
	return result.write(cmd.OutOrStdout())
}

// commands play what was imported.
func (f *importFlags) commands(folder convert.Folder, result *importResult) []string {
	var list []string
	if result.Video != nil || f.to == string(convert.FormatCooked) {
		list = append(list, commandLine([]string{"", "rollout", "--scenario", "abr/custom", "--config", "@" + filepath.ToSlash(folder.ConfigFile()), "--policies", "bba,mpc"}))
	}
	if len(result.Traces) > 0 && f.to == string(convert.FormatMahimahi) {
		list = append(list, commandLine([]string{"", "rollout", "--scenario", "cc/custom", "--sessions", filepath.ToSlash(result.Traces[0].File), "--policies", "gcc-prod,oracle"}))
	}
	return list
}

func (r *importResult) write(w io.Writer) error {
	if r.Video != nil {
		fmt.Fprintf(w, "%s: %d segments of %d ms at %v kbit/s\n", r.Video.Directory, r.Video.Chunks, r.Video.ChunkMs, r.Video.BitratesKbps)
	}
	if len(r.Traces) > 0 {
		table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
		fmt.Fprintln(table, "seconds\tMbit/s\tsamples\tformat\t  file\t")
		left := map[string]bool{}
		for _, t := range r.Traces {
			fmt.Fprintf(table, "%.1f\t%.3f\t%d\t%s\t  %s\t\n", t.Seconds, t.Mbps, t.Samples, t.Format, t.File)
			for _, name := range t.Left {
				left[name] = true
			}
		}
		if err := table.Flush(); err != nil {
			return err
		}
		for _, name := range []string{"delay", "loss", "jitter", "queue", "reordering"} {
			if left[name] {
				fmt.Fprintf(w, "left out: %s\n", name)
			}
		}
	}
	var err error
	for _, command := range r.Commands {
		_, err = fmt.Fprintf(w, "play it with %s\n", command)
	}
	return err
}
