package drill

import (
	"math"
	"testing"
)

// percent is a share as it is printed, with three digits.
func percent(x float64) float64 { return math.Round(x*1e5) / 1e3 }

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if math.IsNaN(got) || math.Abs(got-want) > within {
		t.Errorf("%s: %v, wanted %v", what, got, want)
	}
}

func TestWilson(t *testing.T) {
	for _, tt := range []struct {
		x, n      int
		low, high float64 // percent
	}{
		{0, 20, 0, 16.11}, {1, 20, 0.89, 23.61}, {2, 20, 2.79, 30.10}, {0, 500, 0, 0.76}, {11, 1000, 0.62, 1.96}, {238, 1000, 21.26, 26.54},
		{6060, 60000, 9.861, 10.344}, {1860, 60000, 2.964, 3.242}, {20, 20, 83.89, 100}, {0, 0, 0, 100}, {3, 2, 0, 100}, {-1, 2, 0, 100},
	} {
		i := Wilson(tt.x, tt.n)
		near(t, "low", percent(i.Low), tt.low, 0.0051)
		near(t, "high", percent(i.High), tt.high, 0.0051)
	}
	if i := Wilson(6060, 60000); percent(i.Low) != 9.861 || percent(i.High) != 10.344 {
		t.Errorf("6060 of 60000: %v", i)
	}
}

func TestNewcombe(t *testing.T) {
	d, i := Newcombe(6060, 60000, 1860, 60000)
	near(t, "difference", percent(d), -7.0, 0.0001)
	near(t, "low", percent(i.Low), -7.3, 0.05)
	near(t, "high", percent(i.High), -6.7, 0.05)
	for _, tt := range [][7]float64{ // x1 n1 x2 n2, points
		{357, 1500, 60, 1500, -19.8, -22.2, -17.4}, {55, 500, 2, 500, -10.6, -13.7, -7.9}, {22, 2000, 8, 2000, -0.7, -1.3, -0.2},
	} {
		d, i := Newcombe(int(tt[0]), int(tt[1]), int(tt[2]), int(tt[3]))
		near(t, "difference", percent(d), tt[4], 0.051)
		near(t, "low", percent(i.Low), tt[5], 0.051)
		near(t, "high", percent(i.High), tt[6], 0.051)
	}
	if _, i := Newcombe(0, 0, 1, 2); i != (Interval{-1, 1}) {
		t.Errorf("nobody: %v", i)
	}
}

func TestRiskRatio(t *testing.T) {
	r, i, ok := RiskRatio(6060, 60000, 1860, 60000)
	if !ok {
		t.Fatal("there is none")
	}
	near(t, "ratio", r, 3.258, 0.001)
	near(t, "low", i.Low, 3.10, 0.006)
	near(t, "high", i.High, 3.43, 0.006)
	if _, _, ok := RiskRatio(1, 2, 0, 2); ok {
		t.Error("a ratio over nothing")
	}
}

func TestMcNemar(t *testing.T) {
	for _, tt := range []struct {
		p    Paired
		want float64
	}{
		{Paired{}, 1},
		{Paired{FirstOnly: 1, SecondOnly: 1}, 1},
		{Paired{FirstOnly: 5}, 2.0 / 32},
		{Paired{FirstOnly: 8, SecondOnly: 2}, 2 * 56.0 / 1024}, // 1+10+45
		{Paired{FirstOnly: 600, SecondOnly: 400}, 2.73e-10},
		{Paired{FirstOnly: 600, SecondOnly: 401}, 3.9e-10}, // beyond maxExact
	} {
		got := tt.p.McNemar()
		if math.Abs(got-tt.want) > 0.2*tt.want {
			t.Errorf("%+v: %v, wanted %v", tt.p, got, tt.want)
		}
	}
	d, i := Paired{Both: 10, FirstOnly: 30, SecondOnly: 10, Neither: 50}.Difference()
	near(t, "difference", d, -0.2, 1e-9)
	if i.Low >= d || i.High <= d || i.High >= 0 {
		t.Errorf("interval %v", i)
	}
}

// The example's twelve bodies differ far more than 60,000 independent persons would.
func TestBetween(t *testing.T) {
	s, ok := Between([]Share{{20, 100}, {40, 100}, {0, 0}})
	if !ok || s.Bodies != 2 || s.Min != 0.2 || s.Max != 0.4 || math.Abs(s.Mean-0.3) > 1e-12 {
		t.Errorf("%+v", s)
	}
	near(t, "error", s.Error, math.Sqrt(2.0/1*200)/200, 1e-12) // deviations of -10 and 10
	near(t, "margin", s.Margin, 12.706*s.Error, 1e-9)
	near(t, "design effect", s.DesignEffect, s.Error*s.Error/(0.3*0.7/200), 1e-9)
	if s, ok := Between([]Share{{1, 2}}); !ok || s.Error != 0 || s.Margin != 0 {
		t.Errorf("one body: %+v", s)
	}
	if _, ok := Between(nil); ok {
		t.Error("a spread of nothing")
	}
	for df, want := range map[int]float64{1: 12.706, 4: 2.776, 5: 2.571, 11: 2.201, 30: 2.042, 200: 1.972} {
		near(t, "student", student95(df), want, 0.004)
	}
}
