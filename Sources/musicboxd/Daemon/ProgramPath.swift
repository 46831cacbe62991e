import Glibc

/// Where this program lies, to find what was installed beside it.
enum ProgramPath {
    /// The running program; proc(5), /proc/self/exe, which marks one whose file was replaced.
    static let program: String = {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        guard readlink("/proc/self/exe", &buffer, Int(PATH_MAX)) > 0 else { return "musicboxd" }
        let path = String(nullTerminated: buffer)
        return path.hasSuffix(" (deleted)") ? String(path.dropLast(10)) : path
    }()

    /// The directory of the running program.
    static let directory = program.lastIndex(of: "/").map { String(program[..<$0]) } ?? "."

    static func sibling(_ name: String) -> String { directory + "/" + name }
}

/// The directory of the web page's files.
enum WebRoot {
    /// The configured one, else the installed one (`../share/musicbox/web` from the program), else that of a checkout
    /// whose build this is; nil when there is none.
    static func find(configured: String) -> String? {
        guard configured.isEmpty else { return configured }
        let candidates = [
            ProgramPath.directory + "/../share/musicbox/web",
            ProgramPath.directory + "/../../../Sources/MusicBoxServer/Web",
        ]
        return candidates.first { access($0 + "/index.html", R_OK) == 0 }
    }
}
