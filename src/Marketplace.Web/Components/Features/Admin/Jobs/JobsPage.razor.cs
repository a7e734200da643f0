using System.Globalization;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Jobs;
using Marketplace.Platform.Outcomes;
using Marketplace.Web.Components.Shared;
using Marketplace.Web.Components.Shared.Page;
using Marketplace.Web.Components.Shared.Text;
using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Components.Features.Admin.Jobs;

/// <summary>The periodic jobs of the network: when each runs, how the last run went, and the hand on the switch.</summary>
public sealed partial class JobsPage : LivePage
{
    [Inject]
    private IdFactory Ids { get; set; } = default!;

    private IReadOnlyList<JobView>? Jobs { get; set; }
    private Problem? Refused { get; set; }

    // The key is made when the question is asked: however often the button is pressed, it is one run.
    private (JobView Job, string Key)? Asked { get; set; }
    private string? Failure { get; set; }

    private string? Summary =>
        Jobs is not { } jobs ? null
        : jobs.Count(j => j.LastRun?.Outcome == JobOutcome.Failed) is > 0 and var failed ? T["Summary.Failed", Numbers.Count(failed)].Value
        : T["Summary", Numbers.Count(jobs.Count)].Value;

    protected override async Task OnInitializedAsync()
    {
        await LoadAsync();
        Follow(LoadAsync, JobTopics.Jobs);
    }

    private async Task LoadAsync()
    {
        var read = await Actions.RunAsync<JobDesk, Outcome<IReadOnlyList<JobView>>>(d => d.ListAsync(Gone));
        (Jobs, Refused) = read.IsOk ? (read.Value, null) : (Jobs, read.Problem);
    }

    private string TitleOf(string name) => JobWords.Title(name, T);

    private string ScheduleOf(JobView job) =>
        job.IntervalSeconds is { } seconds ? T["Every", Times.Duration(TimeSpan.FromSeconds(seconds), S)] : T["Daily", job.DailyAt ?? ""];

    private static string DurationOf(JobRunView? run) => JobWords.Duration(run);

    private static Tone ToneOf(JobOutcome outcome) => JobWords.ToneOf(outcome);

    private void Ask(JobView job) => (Asked, Failure) = ((job, Ids.New(IdPrefix.Operation)), null);

    private void Close(bool open)
    {
        if (!open)
            Asked = null;
    }

    private async Task<bool> RunAsync()
    {
        if (Asked is not { } asked)
            return true;
        var run = await Actions.RunAsync<JobDesk, Outcome<JobRunView>>(d => d.RunNowAsync(asked.Job.Name, asked.Key, Gone));
        Failure = run.IsOk ? null : Problems[run.Problem.Detail].Value;
        if (run.IsOk)
        {
            Asked = null;
            await LoadAsync();
        }
        return run.IsOk;
    }

    private async Task SwitchAsync(string name, bool pause)
    {
        var done = await Actions.RunAsync<JobDesk, Outcome<Done>>(d => pause ? d.PauseAsync(name, Gone) : d.ResumeAsync(name, Gone));
        Failure = done.IsOk ? null : Problems[done.Problem.Detail].Value;
        await LoadAsync();
    }
}

/// <summary>Jobs in words, shared by the list and the history.</summary>
internal static class JobWords
{
    /// <summary>The job's name for people; a job without one shows its identity.</summary>
    public static string Title(string name, Microsoft.Extensions.Localization.IStringLocalizer<JobsText> text) =>
        text[$"Job.{name}"] is { ResourceNotFound: false } title ? title : name;

    /// <summary>Milliseconds below a second, seconds above.</summary>
    public static string Duration(JobRunView? run) =>
        run?.DurationMs switch
        {
            null => "–",
            < 1000 and var ms => string.Create(CultureInfo.InvariantCulture, $"{ms:0} ms"),
            var ms => string.Create(CultureInfo.InvariantCulture, $"{ms / 1000:0.0} s"),
        };

    public static Tone ToneOf(JobOutcome outcome) =>
        outcome switch
        {
            JobOutcome.Succeeded => Tone.Running,
            JobOutcome.Running => Tone.Moving,
            JobOutcome.Requested => Tone.Waiting,
            JobOutcome.Failed => Tone.Failed,
            _ => Tone.Ended,
        };
}
