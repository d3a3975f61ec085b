package drill

import "math"

// z95 is the 97.5 % point of the normal distribution: every interval here is of 95 %.
const z95 = 1.959963984540054

// Interval is a 95 % confidence interval. Shares are between 0 and 1, differences between −1 and 1.
type Interval struct{ Low, High float64 }

// Wilson returns the score interval of x of n persons (Wilson 1927). Unlike the usual one it is right for small bodies and
// for shares near 0: 0 of 20 is compatible with 16 %. Without persons nothing is known: 0 to 1.
func Wilson(x, n int) Interval {
	if n <= 0 || x < 0 || x > n {
		return Interval{0, 1}
	}
	p, m := float64(x)/float64(n), float64(n)
	centre := p + z95*z95/(2*m)
	spread := z95 * math.Sqrt(p*(1-p)/m+z95*z95/(4*m*m))
	scale := 1 + z95*z95/m
	i := Interval{(centre - spread) / scale, (centre + spread) / scale}
	if x == 0 {
		i.Low = 0
	}
	if x == n {
		i.High = 1
	}
	return i
}

// Newcombe returns the share of the second group minus that of the first, with the hybrid score interval for independent
// groups (Newcombe 1998, method 10).
func Newcombe(x1, n1, x2, n2 int) (difference float64, i Interval) {
	if n1 <= 0 || n2 <= 0 {
		return 0, Interval{-1, 1}
	}
	p1, p2 := float64(x1)/float64(n1), float64(x2)/float64(n2)
	w1, w2 := Wilson(x1, n1), Wilson(x2, n2)
	d := p2 - p1
	return d, Interval{d - math.Hypot(p2-w2.Low, w1.High-p1), d + math.Hypot(w2.High-p2, p1-w1.Low)}
}

// RiskRatio returns the share of the first group over that of the second, with the interval on the logarithm (Katz 1978).
// It does not exist, ok false, where one of the counts is 0.
func RiskRatio(x1, n1, x2, n2 int) (ratio float64, i Interval, ok bool) {
	if x1 <= 0 || x2 <= 0 || n1 < x1 || n2 < x2 {
		return 0, Interval{}, false
	}
	ratio = (float64(x1) / float64(n1)) / (float64(x2) / float64(n2))
	s := math.Sqrt(1/float64(x1) - 1/float64(n1) + 1/float64(x2) - 1/float64(n2))
	return ratio, Interval{ratio * math.Exp(-z95*s), ratio * math.Exp(z95*s)}, true
}

// Paired is what the same persons did in two rounds.
type Paired struct{ Both, FirstOnly, SecondOnly, Neither int }

// maxExact is the largest number of changed persons for which McNemar is computed exactly.
const maxExact = 1000

// McNemar returns the two-sided probability of so unequal a change if nothing but chance moved persons (McNemar 1947): exact
// up to 1000 changed persons, with Edwards' correction beyond. It is the right test for the same persons; a comparison of
// two independent shares is not.
func (p Paired) McNemar() float64 {
	n := p.FirstOnly + p.SecondOnly
	if n <= 0 {
		return 1
	}
	if n > maxExact {
		chi := math.Max(0, math.Abs(float64(p.FirstOnly-p.SecondOnly))-1)
		return math.Erfc(chi / math.Sqrt(2*float64(n)))
	}
	sum := 0.0
	for k := 0; k <= min(p.FirstOnly, p.SecondOnly); k++ {
		sum += math.Exp(logChoose(n, k) - float64(n)*math.Ln2)
	}
	return math.Min(1, 2*sum)
}

// Difference returns the share of the second round minus that of the first, with Agresti and Min's interval (2005).
func (p Paired) Difference() (difference float64, i Interval) {
	n := float64(p.Both + p.FirstOnly + p.SecondOnly + p.Neither)
	if n <= 0 {
		return 0, Interval{-1, 1}
	}
	b, c, m := float64(p.FirstOnly)+0.5, float64(p.SecondOnly)+0.5, n+2
	d := (c - b) / m
	s := z95 * math.Sqrt((b+c)-(c-b)*(c-b)/m) / m
	return float64(p.SecondOnly-p.FirstOnly) / n, Interval{math.Max(-1, d-s), math.Min(1, d+s)}
}

func logChoose(n, k int) float64 {
	a, _ := math.Lgamma(float64(n + 1))
	b, _ := math.Lgamma(float64(k + 1))
	c, _ := math.Lgamma(float64(n - k + 1))
	return a - b - c
}

// Share is x of n persons.
type Share struct{ X, N int }

// Rate is the share as a number, 0 without persons.
func (s Share) Rate() float64 {
	if s.N <= 0 {
		return 0
	}
	return float64(s.X) / float64(s.N)
}

// Spread is how much bodies differ.
type Spread struct {
	Bodies       int
	Min, Max     float64
	Mean         float64 // of the bodies' rates, each body counted once
	Error        float64 // standard error of the pooled rate, bodies taken as clusters; 0 below two bodies
	Margin       float64 // half a 95 % interval from Error (Student, Bodies−1 degrees of freedom); 0 below two bodies
	DesignEffect float64 // how many times larger the variance is than if persons differed, not bodies; 0 where undefined
	Pooled       Share
}

// Between returns the spread of bodies; ok is false where no body has a person.
//
// The interval of a pooled rate alone is misleading: it takes 60,000 persons for 60,000 independent trials, while what the
// rate depends on is the twelve bodies they sit in.
func Between(bodies []Share) (s Spread, ok bool) {
	s.Min = 1
	for _, b := range bodies {
		if b.N <= 0 {
			continue
		}
		r := b.Rate()
		s.Bodies++
		s.Min, s.Max, s.Mean = min(s.Min, r), max(s.Max, r), s.Mean+r
		s.Pooled.X += b.X
		s.Pooled.N += b.N
	}
	if s.Bodies == 0 {
		return Spread{}, false
	}
	s.Mean /= float64(s.Bodies)
	if s.Bodies < 2 {
		return s, true
	}
	p, squares := s.Pooled.Rate(), 0.0
	for _, b := range bodies {
		if b.N > 0 {
			d := float64(b.X) - p*float64(b.N)
			squares += d * d
		}
	}
	m, n := float64(s.Bodies), float64(s.Pooled.N)
	s.Error = math.Sqrt(m/(m-1)*squares) / n
	s.Margin = student95(s.Bodies-1) * s.Error
	if v := p * (1 - p) / n; v > 0 {
		s.DesignEffect = s.Error * s.Error / v
	}
	return s, true
}

// student95 returns the 97.5 % point of Student's distribution by Cornish and Fisher's expansion, and from a table for the
// few degrees of freedom where that is poor. It is right to three digits.
func student95(df int) float64 {
	few := [...]float64{0, 12.706, 4.303, 3.182, 2.776}
	if df < len(few) {
		return few[max(df, 1)]
	}
	v, z := float64(df), z95
	z3, z5, z7 := z*z*z, z*z*z*z*z, z*z*z*z*z*z*z
	return z + (z3+z)/(4*v) + (5*z5+16*z3+3*z)/(96*v*v) + (3*z7+19*z5+17*z3-15*z)/(384*v*v*v)
}
