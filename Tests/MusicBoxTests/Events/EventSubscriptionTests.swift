import Testing

@testable import MusicBox

@Suite(.timeLimit(.minutes(1))) struct EventSubscriptionTests {
    private func state(_ volume: Int) -> SequencedEvent {
        SequencedEvent(event: .volume(volume, muted: false), serverSeq: volume, timestampMs: 0, eventID: "v\(volume)")
    }

    private func position(_ positionMs: Int) -> SequencedEvent {
        let update = PositionUpdate(trackID: nil, positionMs: positionMs, durationMs: nil, isPlaying: true)
        return SequencedEvent(event: .position(update), serverSeq: 0, timestampMs: 0, eventID: "p\(positionMs)")
    }

    private func names(_ items: [EventSubscription.Item]?) -> [String]? {
        items?.map {
            switch $0 {
            case .event(let event): event.eventID
            case .gap: "gap"
            case .mark: "mark"
            }
        }
    }

    @Test func everythingThatWaitsComesInOrder() async {
        let subscription = EventSubscription(limit: 10)
        for number in 1...3 { subscription.offer(state(number)) }
        #expect(names(await subscription.next()) == ["v1", "v2", "v3"])
    }

    @Test func marksKeepTheirPlaceAndAreNeverLost() async {
        let subscription = EventSubscription(limit: 3)
        subscription.offer(state(1))
        #expect(subscription.offer {})
        subscription.offer(state(2))
        subscription.offer(state(3))
        #expect(subscription.offer {})
        #expect(
            names(await subscription.next()) == ["mark", "gap", "v3", "mark"],
            "the gap comes after what it covers"
        )
        subscription.end()
        #expect(!subscription.offer {}, "nobody would reach it")
    }

    @Test func onlyTheNewestPositionWaits() async {
        let subscription = EventSubscription(limit: 10)
        subscription.offer(position(1))
        subscription.offer(state(1))
        subscription.offer(position(2))
        subscription.offer(state(2))
        subscription.offer(position(3))
        #expect(names(await subscription.next()) == ["v1", "v2", "p3"])
    }

    @Test func positionsNeverFillTheQueue() async {
        let subscription = EventSubscription(limit: 3)
        subscription.offer(state(1))
        for number in 1...100 { subscription.offer(position(number)) }
        subscription.offer(state(2))
        #expect(names(await subscription.next()) == ["v1", "p100", "v2"])
    }

    @Test func anOverflowBecomesAGapAndGoesOn() async {
        let subscription = EventSubscription(limit: 3)
        for number in 1...4 { subscription.offer(state(number)) }
        #expect(names(await subscription.next()) == ["gap", "v4"])
        subscription.offer(state(5))
        #expect(names(await subscription.next()) == ["v5"], "one gap per loss")
    }

    @Test func theQueueIsBounded() async {
        let subscription = EventSubscription(limit: 3)
        for number in 1...10_000 { subscription.offer(state(number)) }
        let items = await subscription.next()
        #expect((items?.count ?? 0) <= 3)
        #expect(names(items)?.first == "gap")
        #expect(names(items)?.last == "v10000")
    }

    @Test func whoWaitsIsWoken() async {
        let subscription = EventSubscription(limit: 3)
        async let items = subscription.next()
        subscription.offer(state(1))
        #expect(names(await items) == ["v1"])
    }

    @Test func theEndComesAfterWhatWaits() async {
        let subscription = EventSubscription(limit: 3)
        subscription.offer(state(1))
        subscription.end()
        subscription.offer(state(2))
        #expect(names(await subscription.next()) == ["v1"])
        #expect(await subscription.next() == nil)
        #expect(await subscription.next() == nil)
    }

    @Test func endingWakesWhoWaits() async {
        let subscription = EventSubscription(limit: 3)
        async let items = subscription.next()
        subscription.end()
        #expect(await items == nil)
    }

    @Test func cancellingWakesWhoWaits() async {
        let subscription = EventSubscription(limit: 3)
        let task = Task { await subscription.next() }
        task.cancel()
        #expect(await task.value == nil)
        subscription.offer(state(1))
        #expect(await subscription.next() == nil, "nobody reads it any more")
    }
}

@Suite(.timeLimit(.minutes(1))) struct EventHubTests {
    @Test func everySubscriberGetsEveryEventUnderTheSameNumber() async throws {
        let hub = EventHub(currentSeq: 41, run: "r")
        let (first, second) = (hub.subscribe(), hub.subscribe())
        hub.publish(.volume(1, muted: false), serverSeq: 42, timestampMs: 7)
        hub.publish(.volume(2, muted: false), serverSeq: nil, timestampMs: 8)
        #expect(hub.currentSeq == 42)
        for subscription in [first, second] {
            let events = try #require(await subscription.next()).compactMap {
                if case .event(let event) = $0 { event } else { nil }
            }
            #expect(events.map(\.serverSeq) == [42, 42])
            #expect(events.map(\.timestampMs) == [7, 8])
            #expect(Set(events.map(\.eventID)).count == 2)
            #expect(events.allSatisfy { $0.eventID.hasPrefix("r-") })
        }
    }

    @Test func whoLeftGetsNothing() async {
        let hub = EventHub(currentSeq: 0, run: "r")
        let subscription = hub.subscribe()
        hub.unsubscribe(subscription)
        hub.publish(.volume(1, muted: false), serverSeq: 1, timestampMs: 0)
        #expect(await subscription.next() == nil)
    }

    @Test func aSlowSubscriberHarmsItselfAlone() async {
        let hub = EventHub(currentSeq: 0, run: "r")
        let (slow, quick) = (hub.subscribe(limit: 2), hub.subscribe())
        for number in 1...5 { hub.publish(.volume(number, muted: false), serverSeq: number, timestampMs: 0) }
        #expect(await quick.next()?.count == 5)
        guard case .gap? = await slow.next()?.first else {
            Issue.record("the slow one must be told that it lost events")
            return
        }
    }
}
