/// What a tag does to the player: a pure table of what happened to the tag and what the player does.
///
/// Unknown tags never get here: they disturb nothing.
package struct TagPolicy: Sendable, Equatable {
    /// What lifting the tag of the playing playlist does.
    package enum Removal: String, Sendable, CaseIterable {
        case keep, pause, stop
    }

    /// What placing the tag of the playlist that plays already does.
    package enum Repeat: String, Sendable, CaseIterable {
        case nothing, restart, next, pause
    }

    /// What happened to the tag.
    package enum Occasion: Sendable, CaseIterable {
        /// Put on the reader.
        case placed
        /// Put back within the grace time after it was lifted.
        case returned
        /// It lay there already when the box started.
        case presentAtStart
        /// Lifted, after the reader's hysteresis.
        case removed
    }

    /// What the player does, seen from the tag's playlist.
    package enum Situation: Sendable, CaseIterable {
        /// Another playlist is loaded, or none, or its last attempt failed.
        case elsewhere
        /// This playlist plays, or is about to.
        case playing
        /// This playlist is paused by a person.
        case paused
        /// This playlist is paused or stopped because its tag was lifted.
        case interrupted
        /// This playlist was stopped before its end.
        case stopped
        /// This playlist played to its end.
        case ended
    }

    package enum Action: Sendable, Equatable {
        case nothing
        /// Load the playlist where it was left; from the start if it was finished or never played.
        case start
        case startFromBeginning
        case resume
        case next
        case pause
        case stop
    }

    package var onRemove: Removal
    package var onRepeat: Repeat
    package var playAtStart: Bool

    package init(onRemove: Removal = .keep, onRepeat: Repeat = .nothing, playAtStart: Bool = false) {
        self.onRemove = onRemove
        self.onRepeat = onRepeat
        self.playAtStart = playAtStart
    }

    package func action(for occasion: Occasion, when situation: Situation) -> Action {
        switch (occasion, situation) {
        case (.presentAtStart, _) where !playAtStart: .nothing
        case (.removed, .playing):
            switch onRemove {
            case .keep: .nothing
            case .pause: .pause
            case .stop: .stop
            }
        case (.removed, _): .nothing
        case (_, .elsewhere), (_, .stopped): .start
        case (_, .ended): .startFromBeginning
        case (_, .paused), (_, .interrupted): .resume
        case (.returned, .playing), (.presentAtStart, .playing): .nothing
        case (.placed, .playing):
            switch onRepeat {
            case .nothing: .nothing
            case .restart: .startFromBeginning
            case .next: .next
            case .pause: .pause
            }
        }
    }
}
