package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"trailblazer/ccemu"
	"trailblazer/ccemu/ccenv"
	"trailblazer/ccemu/scenario"
	"trailblazer/internal/atomicfile"
)

func newSessionCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "session",
		Short: "Draw, check and bring sessions of real-time media over networks",
		Long: `A session is a network path, the media flows over it and the traffic beside
them. 'draw' writes those of a scenario to a file that you can change,
'describe' says what is in one, and 'rollout --sessions FILE' plays it. Agents
pass it to the environment as {"sessions": ...} in the configuration.

Recordings of networks are sessions too: mahimahi, lines of seconds and Mbps,
Genet's and OpenNetLab's JSON, and HoloWAN playback files, which 'draw
--playback' writes.`,
		Example: `  trailblazer session draw cc/ood-dynamics --seed 3 --out mine.json
  trailblazer session describe mine.json
  trailblazer rollout --scenario cc/custom --sessions mine.json --policies gcc-prod,oracle`,
	}
	cmd.AddCommand(newSessionDrawCommand(), newSessionDescribeCommand())
	return cmd
}

func newSessionDrawCommand() *cobra.Command {
	var (
		seed     uint64
		count    int
		playback bool
		out      string
		data     dataFlag
	)
	cmd := &cobra.Command{
		Use:   "draw SCENARIO",
		Short: "Write sessions of a scenario, as they are drawn",
		Example: `  trailblazer session draw cc/test --seed 7
  trailblazer session draw cc/train --count 100 --out mine.json
  trailblazer session draw cc/ood-loss --playback --out holowan.txt`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if count < 1 || playback && count > 1 {
				return fmt.Errorf("--count is %d: give a positive number; a playback file holds one session", count)
			}
			library, err := ccenv.NewLibrary(data.dir)
			if err != nil {
				return fmt.Errorf("--data: %w", err)
			}
			sessions, err := library.Sessions(args[0], seed, count)
			if err != nil {
				return err
			}
			write := (&scenario.File{Sessions: sessions}).Write
			if playback {
				p := scenario.Playback(&sessions[0])
				write = p.Write
			}
			if out == "" {
				return write(cmd.OutOrStdout())
			}
			if err := atomicfile.Write(out, write); err != nil {
				return fmt.Errorf("--out: %w", err)
			}
			if playback {
				fmt.Fprintln(cmd.OutOrStdout(), "a playback file has bandwidth, delay and loss; queue, jitter, media and cross traffic are left out")
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "wrote %s: play it with trailblazer rollout --scenario cc/custom --sessions %s --policies gcc-prod,oracle\n", out, out)
			return err
		},
	}
	f := cmd.Flags()
	f.Uint64Var(&seed, "seed", 0, "seed of the first session, or its number where the scenario's are fixed")
	f.IntVar(&count, "count", 1, "how many")
	f.BoolVar(&playback, "playback", false, "write a HoloWAN playback file: bandwidth, delay and loss every 100 ms")
	f.StringVar(&out, "out", "", "file to write to (default: standard output)")
	data.register(cmd)
	return cmd
}

func newSessionDescribeCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "describe FILE",
		Short: "Check sessions, or a recorded network, and say what is in them",
		Example: `  trailblazer session describe mine.json
  trailblazer session describe TMobile-LTE-short.down`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			file, err := readSessions(args[0])
			if err != nil {
				return err
			}
			sessions, err := file.Compile()
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			list := make([]ccemu.Summary, len(sessions))
			for i, s := range sessions {
				list[i] = ccemu.Summarize(s)
			}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), struct {
					Sessions []ccemu.Summary `json:"sessions"`
				}{list})
			}
			return writeSessions(cmd.OutOrStdout(), list)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object instead of the table")
	return cmd
}

func writeSessions(w io.Writer, list []ccemu.Summary) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "session\tseconds\tkbps\tlowest\thighest\tround trip\tloss\trequest\tflows\tcross traffic\tbottleneck\t")
	for i, s := range list {
		fmt.Fprintf(table, "%d\t%.1f\t%.0f\t%.0f\t%.0f\t%.1f ms\t%.2f %%\t%.0f kbps\t%d\t%d\t%s\t\n", i, s.DurationS, s.MeanKbps, s.LowestKbps, s.HighestKbps, s.RoundTripMs, 100*s.LossShare, s.RequestKbps, s.Flows, s.Cross, s.Bottleneck)
	}
	return table.Flush()
}

// readSessions reads a file of sessions, or a recording.
func readSessions(path string) (*scenario.File, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("sessions: %w", err)
	}
	defer file.Close()
	return scenario.ReadFile(file, path)
}

// sessionsConfig is the configuration that plays a file of sessions.
func sessionsConfig(path string) (json.RawMessage, error) {
	file, err := readSessions(path)
	if err != nil {
		return nil, err
	}
	return json.Marshal(map[string]any{"sessions": file})
}
