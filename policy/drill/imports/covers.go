package imports

import (
	"slices"

	"sekimori/policy"
	"sekimori/policy/drill"
)

// Covers lists the events of the round of which a source knows that there were none, in the order of a round: with it "nobody" is 0,
// without it "not known". What a source records only where somebody has set that up (reports and answers in GoPhish and KnowBe4) is not
// among them, nor is what a status overwrites (GoPhish's results). Of several files each event counts that one of them
// can tell.
func (im *Import) Covers(s Source) []drill.Event {
	steps := slices.Clone(tells(s))
	for step := range im.told {
		steps = append(steps, step)
	}
	return slices.DeleteFunc(policy.DrillEvents(), func(e drill.Event) bool {
		return !slices.ContainsFunc(steps, func(step Step) bool { return slices.Contains(im.counts[step], e) })
	})
}

// tells are the steps that every file of a source records when they are made. What only some files do is noted while they are read.
func tells(s Source) []Step {
	switch s {
	case GophishAPI, GophishWebhook:
		return []Step{StepSent, StepPixel, StepClick, StepSubmit}
	case GophishEvents: // its events, or the results beside them
	case GophishResults:
		return []Step{StepSent}
	case KnowBe4:
		return []Step{StepSent, StepPixel, StepClick, StepAttachment, StepSubmit}
	case Microsoft: // administrators choose columns
	case Mailbox:
		return []Step{StepReport}
	}
	return nil
}

// tell notes that a file records steps when they are made.
func (im *Import) tell(steps ...Step) {
	for _, s := range steps {
		im.told[s] = true
	}
}
