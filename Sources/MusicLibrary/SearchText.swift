import Foundation

/// What a search compares: text without case, accents and compatibility forms, so that "fur elise" finds "Für Elise"
/// and "STRASSE" finds "Straße".
enum SearchText {
    /// More words than a person types only make the query slow.
    static let maximumWords = 8

    static func fold(_ parts: String?...) -> String {
        parts.lazy.compactMap(\.self).map(fold).joined(separator: "\n")
    }

    /// The folded words of a query, all of which have to be found.
    static func words(_ query: String) -> [String] {
        fold(query).split(whereSeparator: \.isWhitespace).prefix(maximumWords).map(String.init)
    }

    private static func fold(_ text: String) -> String {
        // Upper case first: it is the mapping that opens ß, ﬁ and the like.
        text.uppercased().lowercased()
            .decomposedStringWithCompatibilityMapping.unicodeScalars
            .reduce(into: "") { folded, scalar in
                if scalar.properties.generalCategory != .nonspacingMark { folded.unicodeScalars.append(scalar) }
            }
    }
}
