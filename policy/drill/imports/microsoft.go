package imports

import (
	"strings"
	"time"
)

// microsoftTimes are the layouts of times in the CSV; what has no zone is UTC.
func microsoftTimes() []string {
	return []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999", "1/2/2006 3:04:05 PM",
		"1/2/2006 15:04:05", "1/2/2006 15:04"}
}

// microsoftSteps are the columns of times, each with what it says. MessageRead is no opening: a preview sets it.
func microsoftSteps() []columnStep {
	return []columnStep{
		{"SuccessfullyDeliveredEmail_TimeStamp", "", "", []Step{StepSent}},
		{"AttachmentOpened_TimeStamp", "AttachmentOpened_IP", "AttachmentOpened_Browser", []Step{StepAttachment}},
		{"AttachmentLinkClicked_TimeStamp", "AttachmentLinkClicked_IP", "AttachmentLinkClicked_Browser", []Step{StepAttachment, StepClick}},
		{"EmailLinkClicked_TimeStamp", "EmailLinkClicked_IP", "EmailLinkClicked_Browser", []Step{StepClick}},
		{"CredSupplied_TimeStamp(Compromised)", "CredSupplied_IP", "CredSupplied_Browser", []Step{StepSubmit}},
		{"MessageReplied_TimeStamp", "", "", []Step{StepReply}},
		{"MessageForwarded_TimeStamp", "", "", []Step{StepForward}},
		{"Phishing Reported On", "", "", []Step{StepReport}},
	}
}

// columnStep is a column whose time says that steps were made.
type columnStep struct {
	time, client, agent string
	steps               []Step
}

// microsoft reads the per-user CSV of attack simulation training. Nothing of a line counts when one of its times is no time.
func (im *Import) microsoft(in *input) error {
	t, err := newTable(in, "UserMail", "SuccessfullyDeliveredEmail_TimeStamp")
	if err != nil {
		return err
	}
	type found struct {
		time, client, agent int
		steps               []Step
	}
	var columns []found
	for _, c := range microsoftSteps() {
		if t.column(c.time) >= 0 {
			im.tell(c.steps...)
		}
		columns = append(columns, found{t.column(c.time), t.column(c.client), t.column(c.agent), c.steps})
	}
	email, failed := t.column("UserMail"), t.column("FailedToDeliverEmail_TimeStamp")
	department, company, title, office := t.column("Department"), t.column("Company"), t.column("Title"), t.column("Office")
	return im.rows(t, func(at Place) error {
		p, err := im.who(t.cell(email), Subject{Position: cut(t.cell(title)), Department: cut(t.cell(department)),
			Company: cut(t.cell(company)), Office: cut(t.cell(office))})
		switch {
		case err != nil:
			return err
		case !p.ok:
			im.leave(ReasonAddress, at)
			return nil
		}
		var did []dated
		for _, c := range columns {
			cell := strings.TrimSpace(t.cell(c.time))
			if cell == "" {
				continue
			}
			when, ok := readTime(cell, microsoftTimes()...)
			if !ok {
				im.leave(ReasonTime, at)
				return nil
			}
			did = append(did, dated{when, c.steps, visitor{t.cell(c.client), t.cell(c.agent)}})
		}
		if len(did) == 0 && t.cell(failed) != "" {
			im.leave(ReasonNotSent, at)
		}
		im.steps(p, did, at)
		return nil
	})
}

// dated are steps at one time.
type dated struct {
	at    time.Time
	steps []Step
	by    visitor
}

func (im *Import) steps(p *person, did []dated, place Place) {
	for _, d := range did {
		for _, s := range d.steps {
			im.step(p, s, d.at, d.by, place)
		}
	}
}
