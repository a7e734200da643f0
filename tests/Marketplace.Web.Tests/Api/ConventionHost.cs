using System.Collections.Concurrent;
using Marketplace.Platform.Api;
using Marketplace.Platform.Api.Idempotency;
using Marketplace.Platform.Api.Results;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Marketplace.Web.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Marketplace.Web.Tests.Api;

public sealed record Charge(string Name, int Count, Money Price, MemberRole Role, DateTimeOffset At, IReadOnlyList<Line> Lines);

public sealed record Line(int Quantity);

/// <summary>The host with endpoints that do nothing but follow the conventions.</summary>
public sealed class ConventionHost : PortalHost
{
    /// <summary>How often each keyed request's work was done, by its name.</summary>
    public ConcurrentDictionary<string, int> Runs { get; } = new();

    /// <summary>When set, keyed requests wait here, after saying that they have started.</summary>
    public TaskCompletionSource? Gate { get; set; }

    public TaskCompletionSource Started { get; private set; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Close() => (Gate, Started) = (Signal(), Signal());

    private static TaskCompletionSource Signal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    protected override void MapMore(IEndpointRouteBuilder api)
    {
        api.MapPost("/test/echo", (Charge body) => Outcome<Charge>.Ok(body).ToResult()).RequirePermission(Permission.MarketRead);
        api.MapPost("/test/charges", ChargeAsync).RequirePermission(Permission.OrdersWrite).RequireIdempotencyKey();
        api.MapGet("/test/fail", Fail).RequirePermission(Permission.MarketRead);
        api.MapGet("/test/tagged", () => Outcome<Line>.Ok(new Line(1)).ToResult(line => ETags.Of(line.Quantity)))
            .RequirePermission(Permission.MarketRead);
        api.MapGet("/test/pages", List).RequirePermission(Permission.MarketRead);
        api.MapGet(
                "/test/problem/{kind}",
                (string kind) =>
                    Outcome<Line>.Fail(new Problem(Enum.Parse<ProblemKind>(kind, true), "some-code", "Title", "Detail.")).ToResult()
            )
            .RequirePermission(Permission.MarketRead);
        api.MapGet("/test/role", (MemberRole? role) => Outcome<Line>.Ok(new Line((int)(role ?? MemberRole.Viewer))).ToResult())
            .RequirePermission(Permission.MarketRead);
        api.MapGet("/test/undeclared", () => "never");
    }

    private static ApiResult<Line> Fail() => throw new InvalidOperationException("a secret of the implementation");

    private async Task<ApiCreated<Line>> ChargeAsync(Charge body, IdempotencyKey key)
    {
        int run = Runs.AddOrUpdate(body.Name, 1, (_, before) => before + 1);
        Started.TrySetResult();
        if (Gate is { } gate)
            await gate.Task;
        return body.Name switch
        {
            "refused" => Outcome<Line>.Fail(Problem.Conflict("not-now", "Not now.")).ToCreated(_ => ""),
            "broken" when run == 1 => throw new InvalidOperationException("the first attempt dies"),
            _ => Outcome<Line>.Ok(new Line(run)).ToCreated(line => $"/api/v1/test/charges/{key.Value}-{line.Quantity}"),
        };
    }

    private static ApiPage<Line> List([AsParameters] ListParameters parameters)
    {
        var query = parameters.Apply(new PageQuery());
        if (!query.IsOk)
            return Outcome<Page<Line>>.Fail(query.Problem).ToPage();
        int from = 0;
        if (query.Value.Cursor is { } cursor)
        {
            var keys = Cursor.Decode(cursor, 1);
            if (!keys.IsOk)
                return Outcome<Page<Line>>.Fail(keys.Problem).ToPage();
            from = int.Parse(keys.Value[0], System.Globalization.CultureInfo.InvariantCulture);
        }
        List<Line> page = [.. Enumerable.Range(1, 7).Skip(from).Take(query.Value.Take).Select(n => new Line(n))];
        int next = from + page.Count;
        return new Page<Line>(
            page,
            next < 7 ? Cursor.Encode(next.ToString(System.Globalization.CultureInfo.InvariantCulture)) : null,
            7
        ).ToPage();
    }
}
