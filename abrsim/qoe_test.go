package abrsim_test

import (
	"math"
	"reflect"
	"testing"

	"trailblazer/abrsim"
	"trailblazer/datasets/trace"
)

func TestQoE(t *testing.T) {
	for _, test := range []struct {
		name   string
		config abrsim.QoEConfig
		want   abrsim.Reward // of level 3 after level 1 with half a second of standstill
	}{
		{"linear", abrsim.QoEConfig{}, abrsim.Reward{Quality: 1.85, Rebuffering: 2.15, Smoothness: 1.1}},
		{"Genet", abrsim.GenetQoE(), abrsim.Reward{Quality: 1.85, Rebuffering: 5, Smoothness: 1.1}},
		{"log", abrsim.QoEConfig{Kind: abrsim.QoELog}, abrsim.Reward{Quality: math.Log(1850. / 300), Rebuffering: 1.33, Smoothness: math.Log(1850. / 750)}},
		{"hd", abrsim.QoEConfig{Kind: abrsim.QoEHD}, abrsim.Reward{Quality: 12, Rebuffering: 4, Smoothness: 10}},
		{"free", abrsim.QoEConfig{RebufferPenalty: new(0.0), SmoothnessPenalty: new(0.0)}, abrsim.Reward{Quality: 1.85}},
		{"smooth", abrsim.QoEConfig{Kind: abrsim.QoEHD, SmoothnessPenalty: new(2.0)}, abrsim.Reward{Quality: 12, Rebuffering: 4, Smoothness: 20}},
	} {
		qoe, err := abrsim.NewQoE(test.config, trace.PensieveLadderKbps())
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		got := qoe.Score(abrsim.Chunk{Level: 3, LastLevel: 1, RebufferS: 0.5})
		for _, part := range []struct {
			name      string
			got, want float64
		}{
			{"quality", got.Quality, test.want.Quality}, {"rebuffering", got.Rebuffering, test.want.Rebuffering},
			{"smoothness", got.Smoothness, test.want.Smoothness}, {"total", got.Total, test.want.Quality - test.want.Rebuffering - test.want.Smoothness},
		} {
			if math.Abs(part.got-part.want) > 1e-11 {
				t.Errorf("%s: %s %v, want %v", test.name, part.name, part.got, part.want)
			}
		}
		back := qoe.Rate(1, 3, 0.5)
		if back.Smoothness != got.Smoothness {
			t.Errorf("%s: a step down costs %v, a step up %v", test.name, back.Smoothness, got.Smoothness)
		}
	}
}

func TestQoEOtherLadder(t *testing.T) {
	qoe, err := abrsim.NewQoE(abrsim.QoEConfig{Kind: abrsim.QoEHD, HDQuality: []float64{1, 5}}, []int{500, 5000})
	if err != nil {
		t.Fatal(err)
	}
	if got := qoe.Quality(); !reflect.DeepEqual(got, []float64{1, 5}) {
		t.Errorf("quality %v", got)
	}
	for _, test := range []struct {
		config abrsim.QoEConfig
		ladder []int
		want   string
	}{
		{abrsim.QoEConfig{Kind: abrsim.QoEHD}, []int{500, 5000}, "hd_quality: [1 2 3 12 15 20] has 6 levels, but the ladder has 2; give one value per level"},
		{abrsim.QoEConfig{Kind: "ssim"}, []int{500}, `kind: "ssim" is unknown; use "linear", "log" or "hd"`},
		{abrsim.QoEConfig{RebufferPenalty: new(-1.0)}, []int{500}, "rebuffer_penalty: -1 is not a penalty; use 0 or more, such as 4.3"},
		{abrsim.QoEConfig{SmoothnessPenalty: new(math.NaN())}, []int{500}, "smoothness_penalty: NaN is not a penalty; use 0 or more, such as 1"},
		{abrsim.QoEConfig{HDQuality: []float64{1}}, []int{500}, `hd_quality: [1] is set, but the kind is "linear"; set kind to "hd" or leave it out`},
		{abrsim.QoEConfig{Kind: abrsim.QoEHD, HDQuality: []float64{math.Inf(1)}}, []int{500}, "hd_quality[0]: +Inf is out of range; use a number up to 1e+06"},
		{abrsim.QoEConfig{}, nil, "bitrates_kbps: is empty; give the ladder"},
	} {
		if _, err := abrsim.NewQoE(test.config, test.ladder); err == nil || err.Error() != test.want {
			t.Errorf("\n got %v\nwant %s", err, test.want)
		}
	}
}
