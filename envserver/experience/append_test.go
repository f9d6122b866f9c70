package experience_test

import (
	"math"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"

	"trailblazer/api/env"
	trailblazerv1 "trailblazer/api/trailblazer/v1"
	"trailblazer/api/trailblazer/v1/trailblazerv1connect"
	"trailblazer/datasets/store"
	"trailblazer/datasets/traj"
	"trailblazer/internal/testenv"
	"trailblazer/internal/testserve"
	"trailblazer/internal/testtraj"
	"trailblazer/internal/wire"
)

func call(t testing.TB, s *testserve.Server, http2 bool) trailblazerv1connect.DatasetServiceClient {
	t.Helper()
	transport := &http.Transport{Protocols: new(http.Protocols)}
	transport.Protocols.SetHTTP1(!http2)
	transport.Protocols.SetUnencryptedHTTP2(http2)
	t.Cleanup(transport.CloseIdleConnections)
	return trailblazerv1connect.NewDatasetServiceClient(&http.Client{Transport: transport}, s.URL)
}

func opening(dataset string) *trailblazerv1.AppendOpen {
	return &trailblazerv1.AppendOpen{Dataset: dataset, EnvId: testenv.Walk, ConfigJson: `{"steps": 10}`}
}

// played is an episode of three steps: whatever lies in the spaces will do.
func played(t testing.TB, source string) *trailblazerv1.AppendEpisode {
	t.Helper()
	spec := testtraj.Factory(t, testenv.Walk, 10).Spec()
	leaves := wire.LeavesOf(spec)
	arrays := func(leaves []env.Leaf, n int) []*trailblazerv1.Tensor {
		a := env.NewArrays(leaves, n)
		for k := range a {
			if leaves[k].Ragged {
				for i := range n {
					rows := env.ResizeRow[float32](&a[k], i, i)
					for j := range rows {
						rows[j] = 0.5
					}
				}
			}
		}
		return wire.Copy(leaves, a, n)
	}
	return &trailblazerv1.AppendEpisode{
		Source: source, Policy: "me", Seed: proto.Uint64(0),
		Observation: arrays(leaves.Observation, 4), Info: arrays(leaves.Info, 4), Action: arrays(leaves.Action, 3),
		Reward:     float64s(0.5, -1, 2),
		Terminated: true,
	}
}

func float64s(values ...float64) *trailblazerv1.Tensor {
	leaf := []env.Leaf{{DType: env.Float64}}
	a := env.NewArrays(leaf, len(values))
	copy(env.All[float64](&a[0]), values)
	return wire.Copy(leaf, a, len(values))[0]
}

// send appends messages in one stream.
func send(t testing.TB, c trailblazerv1connect.DatasetServiceClient, open *trailblazerv1.AppendOpen, episodes ...*trailblazerv1.AppendEpisode) (*trailblazerv1.AppendResponse, error) {
	t.Helper()
	stream, err := c.Append(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if open != nil {
		_ = stream.Send(&trailblazerv1.AppendRequest{Part: &trailblazerv1.AppendRequest_Open{Open: open}})
	}
	for _, e := range episodes {
		m := new(trailblazerv1.AppendRequest)
		if e != nil {
			m.Part = &trailblazerv1.AppendRequest_Episode{Episode: e}
		}
		if stream.Send(m) != nil {
			break // The reply says why.
		}
	}
	return stream.CloseAndReceive()
}

func TestAppend(t *testing.T) {
	s := testserve.Start(t, testserve.Options{})
	for name, http2 := range map[string]bool{"http1": false, "http2": true} {
		t.Run(name, func(t *testing.T) {
			c := call(t, s, http2)
			open := opening(name)
			open.Split = "valid"
			without := played(t, "")
			without.Info, without.Seed, without.Terminated, without.Truncated = nil, nil, false, true
			response, err := send(t, c, open, played(t, "one"), without, played(t, "two"), played(t, "one"))
			if err != nil || response.GetEpisodes() != 3 || response.GetDuplicates() != 1 || response.GetSteps() != 9 {
				t.Fatalf("%v, %v", response, err)
			}
			// What was sent before is known in a call of its own too.
			response, err = send(t, c, open, played(t, "two"))
			if err != nil || response.GetEpisodes() != 0 || response.GetDuplicates() != 1 {
				t.Fatalf("%v, %v", response, err)
			}
			set, err := s.Store.Read(name)
			if err != nil {
				t.Fatal(err)
			}
			defer set.Close()
			headers, err := set.Headers()
			if err != nil || len(headers) != 3 {
				t.Fatalf("%d episodes: %v", len(headers), err)
			}
			first := headers[0]
			if first.Source != "one" || first.Policy != "me" || !first.Seeded || first.Seed != 0 || first.Split != "valid" || !first.Complete || !first.Terminated ||
				first.Truncated || first.Steps != 3 || first.Return != 1.5 || first.Scenario != "test/default" {
				t.Errorf("%+v", first)
			}
			if second := headers[1]; second.Seeded || second.Terminated || !second.Truncated {
				t.Errorf("%+v", second)
			}
			e, err := set.Episode(&headers[0])
			if err != nil {
				t.Fatal(err)
			}
			if offsets := e.Steps.Find("observation.seen").Offsets; len(offsets) != 4 || offsets[3] != 3 || e.Final.Find("observation.seen").Offsets[1] != 3 {
				t.Errorf("ragged offsets %v, %v", offsets, e.Final.Find("observation.seen").Offsets)
			}
			if flags := traj.Of[bool](e.Steps.Find(traj.FieldTerminated)); flags[0] || flags[1] || !flags[2] {
				t.Errorf("terminated %v", flags)
			}
		})
	}
}

// TestUnknownInfo appends what came without info.
func TestUnknownInfo(t *testing.T) {
	s := testserve.Start(t, testserve.Options{})
	factory := testtraj.Factory(t, testenv.Flat, 10)
	leaves := wire.LeavesOf(factory.Spec())
	if len(leaves.Info) == 0 {
		t.Skip("this environment has no info")
	}
	message := &trailblazerv1.AppendEpisode{
		Policy: "me", Observation: wire.Copy(leaves.Observation, env.NewArrays(leaves.Observation, 2), 2),
		Action: wire.Copy(leaves.Action, env.NewArrays(leaves.Action, 1), 1), Reward: float64s(1),
	}
	if _, err := send(t, call(t, s, false), &trailblazerv1.AppendOpen{Dataset: "flat", EnvId: testenv.Flat}, message); err != nil {
		t.Fatal(err)
	}
	set, err := s.Store.Read("flat")
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	for _, at := range set.Schema().Role(traj.RoleInfo) {
		field := &set.Schema().Fields[at]
		frame := set.Schema().NewFrame(at)
		if err := set.ReadGroup(0, 0, frame); err != nil {
			t.Fatal(err)
		}
		switch field.Leaf.DType {
		case env.Float64:
			if v := traj.Of[float64](&frame.Values[0]); !math.IsNaN(v[0]) {
				t.Errorf("%s is %v, want NaN", field.Name, v)
			}
		case env.Float32:
			if v := traj.Of[float32](&frame.Values[0]); !math.IsNaN(float64(v[0])) {
				t.Errorf("%s is %v, want NaN", field.Name, v)
			}
		default:
			for _, b := range frame.Values[0].Data {
				if b != 0 {
					t.Errorf("%s is not zero", field.Name)
				}
			}
		}
	}
}

// TestRefusedEpisodes names what is wrong, and keeps what came before.
func TestRefusedEpisodes(t *testing.T) {
	s := testserve.Start(t, testserve.Options{})
	for name, test := range map[string]struct {
		change func(*trailblazerv1.AppendEpisode)
		want   string
	}{
		"no rewards":       {func(e *trailblazerv1.AppendEpisode) { e.Reward = nil }, "reward.shape is []"},
		"no steps":         {func(e *trailblazerv1.AppendEpisode) { e.Reward = float64s() }, "at least one step"},
		"many steps":       {func(e *trailblazerv1.AppendEpisode) { e.Reward = float64s(make([]float64, 11)...) }, "at most 10 steps"},
		"reward NaN":       {func(e *trailblazerv1.AppendEpisode) { e.Reward = float64s(1, math.NaN(), 1) }, "reward, step 1 is NaN"},
		"reward infinite":  {func(e *trailblazerv1.AppendEpisode) { e.Reward = float64s(1, 1, math.Inf(-1)) }, "reward, step 2 is -Inf"},
		"reward bytes":     {func(e *trailblazerv1.AppendEpisode) { e.Reward.Data = e.Reward.Data[1:] }, "reward.data is 23 bytes"},
		"one row short":    {func(e *trailblazerv1.AppendEpisode) { e.Reward = float64s(1, 2, 3, 4) }, "action[0].shape"},
		"T observations":   {func(e *trailblazerv1.AppendEpisode) { e.Observation[1].Shape[0] = 3 }, "observation[1].shape is [3]: give [4]"},
		"a leaf missing":   {func(e *trailblazerv1.AppendEpisode) { e.Observation = e.Observation[:2] }, "observation is 2 tensors"},
		"type":             {func(e *trailblazerv1.AppendEpisode) { e.Action[0].Dtype = trailblazerv1.DataType_DATA_TYPE_INT64 }, "action[0].dtype"},
		"action bounds":    {func(e *trailblazerv1.AppendEpisode) { e.Action[1].Data[8] = 3 }, "action.pace, row 1 is 3: give a number from 0 to 2"},
		"observation low":  {func(e *trailblazerv1.AppendEpisode) { e.Observation[3].Data[4] = 0xff }, "observation.flags, row 1, element 1 is -1"},
		"ragged offsets":   {func(e *trailblazerv1.AppendEpisode) { e.Observation[2].RowOffsets[1] = 9 }, "observation[2].row_offsets"},
		"info bounds":      {func(e *trailblazerv1.AppendEpisode) { e.Info[0].Data[7] = 0x80 }, "info.steps, row 0"},
		"policy":           {func(e *trailblazerv1.AppendEpisode) { e.Policy = "" }, "policy"},
		"negative lengths": {func(e *trailblazerv1.AppendEpisode) { e.Reward.Shape[0] = -1 }, "reward"},
		"huge length":      {func(e *trailblazerv1.AppendEpisode) { e.Reward.Shape[0] = math.MaxInt64 }, "at most 10 steps"},
	} {
		t.Run(name, func(t *testing.T) {
			c := call(t, s, false)
			bad := played(t, "bad")
			test.change(bad)
			dataset := strings.ReplaceAll(name, " ", "-")
			_, err := send(t, c, opening(dataset), played(t, "a"), played(t, "b"), bad, played(t, "c"))
			if connect.CodeOf(err) != connect.CodeInvalidArgument || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "the 2 episodes before it are kept") {
				t.Fatalf("got %v, want %q", err, test.want)
			}
			if detail := fieldOf(err); detail == nil || detail.GetRemedy() == "" {
				t.Errorf("%v has no remedy", err)
			}
			set, err := s.Store.Read(dataset)
			if err != nil {
				t.Fatal(err)
			}
			defer set.Close()
			if n := set.Info().Statistics.Episodes; n != 2 {
				t.Errorf("%d episodes are kept, want 2", n)
			}
		})
	}
}

func fieldOf(err error) *trailblazerv1.FieldError {
	if coded, ok := err.(*connect.Error); ok {
		for _, d := range coded.Details() {
			if value, err := d.Value(); err == nil {
				if field, ok := value.(*trailblazerv1.FieldError); ok {
					return field
				}
			}
		}
	}
	return nil
}

func TestRefusedAppends(t *testing.T) {
	s := testserve.Start(t, testserve.Options{})
	testtraj.Fill(t, filepath.Join(s.Dir, "flats"), testenv.Flat, 1)
	for name, test := range map[string]struct {
		open     *trailblazerv1.AppendOpen
		episodes []*trailblazerv1.AppendEpisode
		code     connect.Code
		want     string
	}{
		"nothing":     {nil, nil, 0, ""},
		"no opening":  {nil, []*trailblazerv1.AppendEpisode{played(t, "a")}, connect.CodeInvalidArgument, "say in the first message"},
		"empty":       {opening("x"), []*trailblazerv1.AppendEpisode{nil}, connect.CodeInvalidArgument, "episode is missing"},
		"name":        {opening("a/b"), nil, connect.CodeInvalidArgument, "letters, digits"},
		"no name":     {opening(""), nil, connect.CodeInvalidArgument, "dataset"},
		"environment": {&trailblazerv1.AppendOpen{Dataset: "x", EnvId: "trailblazer/Chess-v0"}, nil, connect.CodeNotFound, "no environment"},
		"config":      {&trailblazerv1.AppendOpen{Dataset: "x", EnvId: testenv.Walk, ConfigJson: "{"}, nil, connect.CodeInvalidArgument, "config_json"},
		"split":       {&trailblazerv1.AppendOpen{Dataset: "x", EnvId: testenv.Walk, Split: "a-b"}, nil, connect.CodeInvalidArgument, "split"},
		"other kind":  {opening("flats"), nil, connect.CodeInvalidArgument, "give another name: it holds episodes of"},
	} {
		t.Run(name, func(t *testing.T) {
			response, err := send(t, call(t, s, false), test.open, test.episodes...)
			if test.code == 0 {
				if err != nil || response.GetEpisodes() != 0 {
					t.Errorf("%v, %v", response, err)
				}
				return
			}
			if connect.CodeOf(err) != test.code || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want code %v and %q", err, test.code, test.want)
			}
		})
	}
}

// TestRefusedInTheMiddle hears of a bad episode although there is much more to
// send.
func TestRefusedInTheMiddle(t *testing.T) {
	s := testserve.Start(t, testserve.Options{})
	for _, http2 := range []bool{false, true} {
		episodes := []*trailblazerv1.AppendEpisode{played(t, "")}
		bad := played(t, "")
		bad.Reward = float64s(1, 2, math.NaN())
		large := played(t, strings.Repeat("x", 1000))
		large.Observation[2].Data = make([]byte, 1<<20)
		episodes = append(episodes, bad)
		for range 64 {
			episodes = append(episodes, large)
		}
		_, err := send(t, call(t, s, http2), opening("walks"), episodes...)
		if connect.CodeOf(err) != connect.CodeInvalidArgument || !strings.Contains(err.Error(), "reward, step 2 is NaN") {
			t.Errorf("HTTP/2 %v: %v", http2, err)
		}
	}
}

// TestHalfAnAppend loses its sender: what was whole is kept.
func TestHalfAnAppend(t *testing.T) {
	s := testserve.Start(t, testserve.Options{Store: store.Options{Fresh: 1}})
	transport := new(http.Transport)
	c := trailblazerv1connect.NewDatasetServiceClient(&http.Client{Transport: transport}, s.URL)
	stream, err := c.Append(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.Send(&trailblazerv1.AppendRequest{Part: &trailblazerv1.AppendRequest_Open{Open: opening("walks")}}); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := stream.Send(&trailblazerv1.AppendRequest{Part: &trailblazerv1.AppendRequest_Episode{Episode: played(t, "")}}); err != nil {
			t.Fatal(err)
		}
	}
	kept := func() int {
		set, err := s.Store.Read("walks")
		if err != nil {
			return 0 // It is being made.
		}
		defer set.Close()
		return set.Info().Statistics.Episodes
	}
	for deadline := time.Now().Add(5 * time.Second); kept() < 3 && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	if n := kept(); n != 3 {
		t.Fatalf("%d episodes can be read while their stream is open, want 3", n)
	}
	// The server is stopped while it waits for the fourth.
	s.Stop()
	if _, err := stream.CloseAndReceive(); err == nil {
		t.Error("a stream that was cut has a reply")
	} else if connect.CodeOf(err) != connect.CodeUnavailable || !strings.Contains(err.Error(), "the 3 episodes before it are kept") {
		t.Error(err)
	}
	set, err := traj.Open(filepath.Join(s.Dir, "walks"))
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	if n := set.Info().Statistics.Episodes; n != 3 {
		t.Errorf("%d episodes, want 3", n)
	}
}

// TestCallsAreForgotten keeps no more of them than are needed to repeat the last
// ones: a call that is made again much later counts duplicates.
func TestCallsAreForgotten(t *testing.T) {
	s := testserve.Start(t, testserve.Options{})
	c := call(t, s, false)
	repeat := func(name string, want int64) {
		t.Helper()
		open := opening("walks")
		open.Call = name
		response, err := send(t, c, open, played(t, name))
		if err != nil || response.GetEpisodes() != want || response.GetDuplicates() != 1-want {
			t.Errorf("call %s: %v, want %d episodes: %v", name, response, want, err)
		}
	}
	repeat("0", 1)
	repeat("0", 1)
	for n := 1; n <= 255; n++ {
		repeat(strconv.Itoa(n), 1)
	}
	repeat("0", 1)
	repeat("256", 1)
	repeat("0", 0)
	repeat("256", 1)
}
