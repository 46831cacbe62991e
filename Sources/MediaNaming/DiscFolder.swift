/// Folders named like the discs of a set belong to the folder above them: an audio book on three discs is one playlist.
package enum DiscFolder {
    /// The folder that the files in a folder belong to: the path without the discs at its end.
    package static func owner(of components: [String]) -> [String] {
        var components = components
        while let last = components.last, isDisc(last) { components.removeLast() }
        return components
    }

    /// `CD1`, `cd 02`, `Disc 3`, `Disk-4`, `CD_5`: a word for a disc and a number, nothing else.
    package static func isDisc(_ name: String) -> Bool {
        let name = name.lowercased()
        guard let word = ["cd", "disc", "disk", "dvd"].first(where: name.hasPrefix) else { return false }
        let number = name.dropFirst(word.count).drop { " -_.#".contains($0) }
        return !number.isEmpty && number.count <= 3 && number.allSatisfy { ("0"..."9").contains($0) }
    }
}
