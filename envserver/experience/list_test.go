package experience_test

import (
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"connectrpc.com/connect"

	trailblazerv1 "trailblazer/api/trailblazer/v1"
	"trailblazer/datasets/store"
	"trailblazer/envserver"
	"trailblazer/envserver/experience"
	"trailblazer/internal/testenv"
	"trailblazer/internal/testserve"
	"trailblazer/internal/testtraj"
)

func TestListAndDescribe(t *testing.T) {
	s := testserve.Start(t, testserve.Options{})
	c := call(t, s, false)
	if list, err := c.ListDatasets(t.Context(), &trailblazerv1.ListDatasetsRequest{}); err != nil || len(list.GetDatasets()) != 0 {
		t.Errorf("an empty server: %v, %v", list, err)
	}
	testtraj.Fill(t, filepath.Join(s.Dir, "walks"), testenv.Walk, 25)
	testtraj.Fill(t, filepath.Join(s.Dir, "flats"), testenv.Flat, 3)
	list, err := c.ListDatasets(t.Context(), &trailblazerv1.ListDatasetsRequest{})
	if err != nil || len(list.GetDatasets()) != 2 {
		t.Fatalf("%v, %v", list, err)
	}
	walks := list.GetDatasets()[1]
	if walks.GetName() != "walks" || walks.GetEnvId() != testenv.Walk || walks.GetEpisodes() != 25 || walks.GetSteps() == 0 || walks.GetBytes() == 0 ||
		!slices.Equal(walks.GetScenarios(), []string{"test/default"}) {
		t.Errorf("%v", walks)
	}
	description, err := c.DescribeDataset(t.Context(), &trailblazerv1.DescribeDatasetRequest{Dataset: "walks"})
	if err != nil {
		t.Fatal(err)
	}
	var info struct {
		SchemaVersion int             `json:"schema_version"`
		Environment   string          `json:"environment"`
		Statistics    json.RawMessage `json:"statistics"`
	}
	if err := json.Unmarshal([]byte(description.GetInfoJson()), &info); err != nil || info.Environment != testenv.Walk || info.SchemaVersion != 1 || info.Statistics == nil {
		t.Errorf("%v: %s", err, description.GetInfoJson())
	}
	var names []string
	for _, f := range description.GetFields() {
		names = append(names, f.GetName())
		if f.GetName() == "observation.seen" && (!f.GetRagged() || f.GetDtype() != trailblazerv1.DataType_DATA_TYPE_FLOAT32 || !slices.Equal(f.GetShape(), []int64{2}) || len(f.GetColumns()) != 2) {
			t.Errorf("%v", f)
		}
	}
	if !slices.Contains(names, "reward") || !slices.Contains(names, "action.push") || names[0] != "episode" {
		t.Errorf("fields %q", names)
	}
}

func TestListEpisodes(t *testing.T) {
	s := testserve.Start(t, testserve.Options{})
	testtraj.Fill(t, filepath.Join(s.Dir, "walks"), testenv.Walk, 25)
	c := call(t, s, false)
	var ids []int64
	for from, page := int64(0), 0; ; page++ {
		response, err := c.ListEpisodes(t.Context(), &trailblazerv1.ListEpisodesRequest{Dataset: "walks", FromEpisode: from, Limit: 4,
			Filter: &trailblazerv1.EpisodeFilter{Policies: []string{"b"}}})
		if err != nil || len(response.GetEpisodes()) > 4 {
			t.Fatalf("%v, %v", response, err)
		}
		for _, e := range response.GetEpisodes() {
			ids = append(ids, e.GetEpisode())
			if e.GetPolicy() != "b" || e.GetSeed() != uint64(e.GetEpisode()) || e.Seed == nil || e.GetSteps() != 1+e.GetEpisode()*7%19 || e.GetSplit() != "train" {
				t.Errorf("%v", e)
			}
		}
		if from = response.GetNextEpisode(); from == 0 {
			break
		}
	}
	if want := []int64{1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23}; !slices.Equal(ids, want) {
		t.Errorf("episodes %v, want %v", ids, want)
	}
	_, err := c.ListEpisodes(t.Context(), &trailblazerv1.ListEpisodesRequest{Dataset: "walks", Filter: &trailblazerv1.EpisodeFilter{Splits: []string{"x"}}})
	if connect.CodeOf(err) != connect.CodeNotFound || !strings.Contains(err.Error(), `known: ["train"]`) {
		t.Errorf("an unknown split: %v", err)
	}
}

// TestLookingFinishesNothing describes and lists what is being recorded: only a
// pull finishes shards for it.
func TestLookingFinishesNothing(t *testing.T) {
	s := testserve.Start(t, testserve.Options{})
	c := call(t, s, false)
	factory := testtraj.Factory(t, testenv.Walk, 10)
	w, release, err := s.Store.Writer("walks", factory.Spec())
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	look := func(want int) {
		t.Helper()
		description, err := c.DescribeDataset(t.Context(), &trailblazerv1.DescribeDatasetRequest{Dataset: "walks"})
		if err != nil || description.GetDataset().GetEpisodes() != int64(want) {
			t.Errorf("%d episodes, want %d: %v", description.GetDataset().GetEpisodes(), want, err)
		}
		episodes, err := c.ListEpisodes(t.Context(), &trailblazerv1.ListEpisodesRequest{Dataset: "walks"})
		if err != nil || len(episodes.GetEpisodes()) != want {
			t.Errorf("%d episodes are listed, want %d: %v", len(episodes.GetEpisodes()), want, err)
		}
	}
	for seed := range uint64(3) {
		if _, err := w.Add(testtraj.Play(t, factory, "p", seed, 0)); err != nil {
			t.Fatal(err)
		}
		look(0)
	}
	pull, err := c.Pull(t.Context(), &trailblazerv1.PullRequest{Dataset: "walks"})
	if err != nil {
		t.Fatal(err)
	}
	defer pull.Close()
	if !pull.Receive() || len(pull.Msg().GetEpisodes()) != 3 {
		t.Errorf("%d episodes are pulled, want 3: %v", len(pull.Msg().GetEpisodes()), pull.Err())
	}
	look(3)
}

// TestPlainHTTP speaks JSON by hand, and looks at metrics and health.
func TestPlainHTTP(t *testing.T) {
	s := testserve.Start(t, testserve.Options{})
	testtraj.Fill(t, filepath.Join(s.Dir, "walks"), testenv.Walk, 2)
	post := func(path, body string) string {
		t.Helper()
		response, err := http.Post(s.URL+path, "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	const service = "/trailblazer.v1.DatasetService/"
	if got := post(service+"ListDatasets", "{}"); !strings.Contains(got, `"walks"`) {
		t.Error(got)
	}
	if got := post(service+"DescribeDataset", `{"dataset":"runs"}`); !strings.Contains(got, "not_found") || !strings.Contains(got, "walks") {
		t.Error(got)
	}
	if got := post(service+"DescribeDataset", `{"data_set":"walks"}`); !strings.Contains(got, "unknown field") {
		t.Error(got)
	}
	if got := post("/grpc.health.v1.Health/Check", `{"service":"trailblazer.v1.DatasetService"}`); !strings.Contains(got, "SERVING") {
		t.Error(got)
	}
	response, err := http.Get(s.URL + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	metrics, err := io.ReadAll(response.Body)
	if err != nil || !strings.Contains(string(metrics), `procedure="ListDatasets"`) {
		t.Errorf("%v: no metrics of ListDatasets", err)
	}
}

func TestMostPulls(t *testing.T) {
	s := testserve.Start(t, testserve.Options{Experience: experience.Options{MaxPulls: 1}})
	testtraj.Fill(t, filepath.Join(s.Dir, "walks"), testenv.Walk, 20)
	c := call(t, s, false)
	request := &trailblazerv1.PullRequest{Dataset: "walks", BatchSize: 1, Epochs: 1 << 20}
	first, err := c.Pull(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	if !first.Receive() {
		t.Fatal(first.Err())
	}
	second, err := c.Pull(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	if second.Receive() || connect.CodeOf(second.Err()) != connect.CodeResourceExhausted || !strings.Contains(second.Err().Error(), "1 pulls are running") {
		t.Errorf("a second pull: %v", second.Err())
	}
}

// TestMostPullsOfAnOwner leaves room for others where one takes all that it may.
func TestMostPullsOfAnOwner(t *testing.T) {
	s := testserve.Start(t, testserve.Options{
		Experience: experience.Options{MaxPulls: 3, MaxOwnerPulls: 2},
		Server:     envserver.Options{Tokens: []envserver.Token{envserver.NewToken("ada", "a"), envserver.NewToken("bob", "b")}},
	})
	testtraj.Fill(t, filepath.Join(s.Dir, "walks"), testenv.Walk, 20)
	c := call(t, s, false)
	pull := func(token string) error {
		t.Helper()
		ctx, info := connect.NewClientContext(t.Context())
		info.RequestHeader().Set("Authorization", "Bearer "+token)
		stream, err := c.Pull(ctx, &trailblazerv1.PullRequest{Dataset: "walks", BatchSize: 1, Epochs: 1 << 20})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { stream.Close() })
		stream.Receive()
		return stream.Err()
	}
	for _, test := range []struct{ token, want string }{
		{"a", ""}, {"a", ""}, {"a", "2 pulls of ada are running"}, {"b", ""}, {"b", "3 pulls are running"},
	} {
		err := pull(test.token)
		if test.want == "" && err != nil || test.want != "" && (connect.CodeOf(err) != connect.CodeResourceExhausted || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("a pull of %q: %v, want %q", test.token, err, test.want)
		}
	}
}

// TestPoolBytes refuses pools that would take too much memory, whatever their
// steps are.
func TestPoolBytes(t *testing.T) {
	s := testserve.Start(t, testserve.Options{Experience: experience.Options{MaxPoolBytes: 2000}})
	testtraj.Fill(t, filepath.Join(s.Dir, "walks"), testenv.Walk, 20)
	c := call(t, s, false)
	for _, test := range []struct {
		request *trailblazerv1.PullRequest
		want    string
	}{
		{&trailblazerv1.PullRequest{Shuffle: true}, "fields"},
		{&trailblazerv1.PullRequest{Fields: []string{"reward"}, Shuffle: true}, ""},
		{&trailblazerv1.PullRequest{Fields: []string{"reward", "episode", "step", "return_to_go"}, Shuffle: true}, "pool_steps is 262144: give at most 71"},
		{&trailblazerv1.PullRequest{Fields: []string{"reward", "episode", "step", "return_to_go"}, Shuffle: true, PoolSteps: 71}, ""},
	} {
		test.request.Dataset = "walks"
		stream, err := c.Pull(t.Context(), test.request)
		if err != nil {
			t.Fatal(err)
		}
		stream.Receive()
		err = stream.Err()
		stream.Close()
		if test.want == "" && err != nil || test.want != "" && (connect.CodeOf(err) != connect.CodeInvalidArgument || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%v: %v, want %q", test.request, err, test.want)
		}
	}
}

func TestOptions(t *testing.T) {
	sets, err := store.Open(t.TempDir(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer sets.Close()
	if _, err := experience.New(sets, new(testenv.Catalog), experience.Options{MaxPulls: -1}); err == nil || !strings.Contains(err.Error(), "MaxPulls is -1") {
		t.Error(err)
	}
}
