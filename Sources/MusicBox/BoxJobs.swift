/// What the box does beside its inbox when somebody asks for it, and takes long.
package struct BoxJobs: Sendable {
    package var downloads: Downloads
    package var sync: LibrarySync
    package var backups: BackupStore
    /// Ends the box so that it starts again, with a restored state if one waits.
    package var restart: @Sendable () -> Void

    package init(
        downloads: Downloads,
        sync: LibrarySync,
        backups: BackupStore,
        restart: @escaping @Sendable () -> Void
    ) {
        self.downloads = downloads
        self.sync = sync
        self.backups = backups
        self.restart = restart
    }
}
