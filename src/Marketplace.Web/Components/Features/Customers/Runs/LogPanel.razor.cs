using Marketplace.Orders.Contracts;
using Marketplace.Web.Components.Shared.Page;
using Microsoft.AspNetCore.Components;
using Line = Marketplace.Web.Components.Shared.Feedback.LogLine;

namespace Marketplace.Web.Components.Features.Customers.Runs;

/// <summary>Live log lines from the cluster. The newest lines are kept; drawing is bundled so that a talkative workload does not flood the page.</summary>
public sealed partial class LogPanel : LivePage
{
    private const int Kept = 500;
    private const int Tail = 200;
    private static readonly TimeSpan DrawEvery = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromSeconds(4);
    private readonly List<Line> lines = [];
    private readonly Lock gate = new();
    private CancellationTokenSource? reading;
    private ITimer? drawing;
    private bool changed;

    [Parameter, EditorRequired]
    public string ContractId { get; set; } = "";

    [Parameter, EditorRequired]
    public IReadOnlyList<string> Pods { get; set; } = [];

    /// <summary>False for a run that has ended: its last lines are read once.</summary>
    [Parameter]
    public bool Live { get; set; } = true;

    [Inject]
    private TimeProvider Time { get; set; } = default!;

    private string Pod { get; set; } = "";
    private bool Following { get; set; }
    private IReadOnlyList<Line> Shown { get; set; } = [];

    protected override void OnInitialized()
    {
        drawing = Time.CreateTimer(_ => _ = InvokeAsync(Draw), null, DrawEvery, DrawEvery);
        Start(Live);
    }

    protected override void Dispose(bool disposing)
    {
        drawing?.Dispose();
        reading?.Cancel();
        reading?.Dispose();
        reading = null;
        base.Dispose(disposing);
    }

    private void Start(bool follow)
    {
        reading?.Cancel();
        reading?.Dispose();
        reading = CancellationTokenSource.CreateLinkedTokenSource(Gone);
        lock (gate)
        {
            lines.Clear();
            changed = true;
        }
        Following = follow;
        _ = ReadAsync(Pod.Length == 0 ? null : Pod, follow, reading.Token);
    }

    private async Task ReadAsync(string? pod, bool follow, CancellationToken ct)
    {
        try
        {
            await ReadOnceAsync(pod, follow, ct);
            // A container that is still starting has no log yet, and one that starts anew begins another: ask again while the run lives.
            while (follow && Live)
            {
                await Task.Delay(AskAgainAfter, Time, ct);
                await ReadOnceAsync(pod, follow, ct);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Paused, another replica was picked, or the page was left.
            return;
        }
        catch (Exception e)
        {
            await DispatchExceptionAsync(e);
        }
        await InvokeAsync(() =>
        {
            if (ct.IsCancellationRequested)
                return;
            Following = false;
            Draw();
            StateHasChanged();
        });
    }

    private async Task ReadOnceAsync(string? pod, bool follow, CancellationToken ct)
    {
        bool first = true;
        await foreach (
            var line in Actions.StreamAsync<IContracts, Provisioning.Contracts.LogLine>(
                c => c.LogsAsync(ContractId, pod, Tail, follow, ct),
                ct
            )
        )
        {
            Add(new Line(line.At, Short(line.Pod), line.Text, IsWarning(line.Text)), anew: first);
            first = false;
        }
    }

    private void Add(Line line, bool anew)
    {
        lock (gate)
        {
            if (anew)
                lines.Clear();
            lines.Add(line);
            if (lines.Count > Kept)
                lines.RemoveRange(0, lines.Count - Kept);
            changed = true;
        }
    }

    private void Draw()
    {
        lock (gate)
        {
            if (!changed)
                return;
            changed = false;
            Shown = [.. lines];
        }
        StateHasChanged();
    }

    private void PickAsync(ChangeEventArgs e)
    {
        Pod = e.Value as string ?? "";
        Start(Following || Live);
    }

    private async Task ToggleAsync()
    {
        if (!Following)
        {
            Start(follow: true);
            return;
        }
        Following = false;
        if (reading is not null)
            await reading.CancelAsync();
    }

    // Pods of a run share a long beginning; what tells them apart stands after the last hyphen.
    private static string Short(string pod) => pod[(pod.LastIndexOf('-') + 1)..];

    private static bool IsWarning(string text) =>
        text.Contains("warn", StringComparison.OrdinalIgnoreCase) || text.Contains("error", StringComparison.OrdinalIgnoreCase);
}
