import MusicBox
import ServiceLifecycle

/// Lets files be measured for as long as the daemon lives.
struct SurveyService: Service {
    let survey: LoudnessSurvey

    func run() async {
        await cancelWhenGracefulShutdown {
            await survey.run()
        }
        // Done early it must not take the box with it.
        try? await gracefulShutdown()
    }
}
