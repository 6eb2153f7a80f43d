package api

import (
	"context"
	"time"

	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/state"
)

// Deliveries lists deliveries of all runs, newest first, without their results.
func (s *Server) Deliveries(ctx context.Context, q DeliveryQuery) (Page[Delivery], error) {
	part, err := q.part(time.Time{}, time.Time{})
	if err != nil {
		return Page[Delivery]{}, err
	}
	read, err := s.from.DB.AllDeliveries(ctx, state.DeliveryFilter{States: q.States, Destination: q.Destination, Part: part})
	return pageOf(q.Paging, read, func(d run.Delivery) state.Place { return state.Place{Seq: d.ID} }, func(d run.Delivery) Delivery { return deliveryOf(d, nil) }), err
}

// deliveriesOf are those of a run, with what became of each file.
func (s *Server) deliveriesOf(ctx context.Context, id run.ID) (shown []Delivery, err error) {
	deliveries, err := s.from.DB.Deliveries(ctx, id)
	if err != nil {
		return nil, err
	}
	for _, delivery := range deliveries {
		objects, _, err := s.from.DB.DeliveryObjects(ctx, delivery.ID)
		if err != nil {
			return nil, err
		}
		shown = append(shown, deliveryOf(delivery, objects))
	}
	return shown, nil
}

// Deliveries lists deliveries of all runs, newest first, without their results.
func (c *Client) Deliveries(ctx context.Context, q DeliveryQuery) (Page[Delivery], error) {
	return getPage[Delivery](ctx, c, "/v1/deliveries", q.values())
}
