using Marketplace.Orders.Contracts;
using Marketplace.Orders.Features.Bulk;
using Marketplace.Orders.Features.Contracts;
using Marketplace.Orders.Features.Lifecycle.Stops;
using Marketplace.Orders.Features.Quotes;
using Marketplace.Orders.Features.Reservations;
using Marketplace.Platform.Api;
using Marketplace.Platform.Api.Idempotency;
using Marketplace.Platform.Api.Results;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Marketplace.Provisioning.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using OrderList = Marketplace.Orders.Features.Purchase.Orders;

namespace Marketplace.Orders;

/// <summary>REST: buying and running. Routes on top, one line each.</summary>
public static class OrdersEndpoints
{
    public static IEndpointRouteBuilder MapOrders(this IEndpointRouteBuilder api)
    {
        var quotes = api.MapGroup("/quotes").WithTags("Quotes");
        quotes
            .MapPost("", RequestQuote)
            .RequirePermission(Permission.OrdersWrite)
            .RequireIdempotencyKey()
            .WithSummary("Request a firm quote: capacity and price are held until it expires");
        quotes
            .MapPost("/preview", PreviewQuote)
            .RequirePermission(Permission.OrdersWrite)
            .WithSummary("Decide and price without holding anything");
        quotes.MapGet("", ListQuotes).RequirePermission(Permission.OrdersRead).WithSummary("List quotes");
        quotes.MapGet("/{quoteId}", GetQuote).RequirePermission(Permission.OrdersRead).WithSummary("Read a quote with its explanation");
        quotes
            .MapPost("/{quoteId}:withdraw", WithdrawQuote)
            .RequirePermission(Permission.OrdersWrite)
            .WithSummary("Give a quote back and free what it holds");

        api.MapReservations();

        var orders = api.MapGroup("/orders").WithTags("Orders");
        orders
            .MapPost("", PlaceOrder)
            .RequirePermission(Permission.OrdersWrite)
            .RequireIdempotencyKey()
            .WithSummary("Accept a quote, or order at the current price");
        orders.MapGet("", ListOrders).RequirePermission(Permission.OrdersRead).WithSummary("List orders");
        orders.MapGet("/{orderId}", GetOrder).RequirePermission(Permission.OrdersRead).WithSummary("Read an order");
        orders.MapGet("/{orderId}/lines", GetLines).RequirePermission(Permission.OrdersRead).WithSummary("Read an order's lines");

        var bulk = api.MapGroup("/bulk-orders").WithTags("Bulk orders");
        bulk.MapPost("", SubmitBulk)
            .RequirePermission(Permission.OrdersWrite)
            .RequireIdempotencyKey()
            .WithSummary("Submit up to 10,000 lines, atomic or best effort");
        bulk.MapGet("", ListBulk).RequirePermission(Permission.OrdersRead).WithSummary("List bulk orders");
        bulk.MapGet("/{bulkOrderId}", GetBulk).RequirePermission(Permission.OrdersRead).WithSummary("Read a bulk order's progress");
        bulk.MapGet("/{bulkOrderId}/lines", GetBulkLines).RequirePermission(Permission.OrdersRead).WithSummary("Read results line by line");

        var contracts = api.MapGroup("/contracts").WithTags("Contracts");
        contracts.MapGet("", ListContracts).RequirePermission(Permission.OrdersRead).WithSummary("List contracts");
        contracts
            .MapGet("/{contractId}", GetContract)
            .RequirePermission(Permission.OrdersRead)
            .WithSummary("Read a contract with its timeline");
        contracts
            .MapGet("/{contractId}/billing", GetBilling)
            .RequirePermission(Permission.OrdersRead)
            .WithSummary("Read what was quoted beside what is billed, with the proof");
        contracts
            .MapGet("/{contractId}/workload", GetWorkload)
            .RequirePermission(Permission.OrdersRead)
            .WithSummary("Read the workload behind a contract");
        contracts.MapGet("/{contractId}/logs", GetLogs).RequirePermission(Permission.OrdersRead).WithSummary("Read the last log lines");
        contracts
            .MapPost("/{contractId}:stop", StopContract)
            .RequirePermission(Permission.WorkloadsWrite)
            .WithSummary("Stop it; the rest of the hold comes back");
        contracts
            .MapPost("/{contractId}:extend", ExtendContract)
            .RequirePermission(Permission.OrdersWrite)
            .RequireIdempotencyKey()
            .WithSummary("Buy more hours at the contract's price");
        contracts
            .MapPost("/{contractId}:kubeconfig", IssueKubeconfig)
            .RequirePermission(Permission.WorkloadsWrite)
            .WithSummary("Issue a short-lived kubeconfig for a dedicated namespace");
        contracts
            .MapGet("/{contractId}/stop", GetStop)
            .RequirePermission(Permission.OrdersRead)
            .WithSummary("Read the newest stop for money and its proof");
        api.MapGroup("/stops")
            .WithTags("Contracts")
            .MapGet("", ListStops)
            .RequirePermission(Permission.PlatformRead)
            .WithSummary("List stops for money with what their clusters have proved");
        return api;
    }

    private static async Task<ApiResult<StopView>> GetStop(string contractId, IStops stops, CancellationToken ct) =>
        (await stops.OfContractAsync(contractId, ct)).OrNotFound("stop of contract", contractId);

    private static Task<ApiPage<StopView>> ListStops(
        [AsParameters] ListParameters list,
        StopState? state,
        bool? alarming,
        IStops stops,
        CancellationToken ct
    ) =>
        list.PageOf(
            new StopQuery { State = state, Alarming = alarming ?? false },
            ListRules.ByKey(StopDesk.Sorting),
            q => stops.ListAsync(q, ct)
        );

    private static async Task<ApiCreated<QuoteView>> RequestQuote(
        WorkloadRequest request,
        IdempotencyKey key,
        IQuotes quotes,
        CancellationToken ct
    ) => (await quotes.RequestAsync(request, key.Value, ct)).ToCreated(q => $"/api/v1/quotes/{q.Id}");

    private static async Task<ApiResult<QuoteView>> PreviewQuote(WorkloadRequest request, IQuotes quotes, CancellationToken ct) =>
        (await quotes.PreviewAsync(request, ct)).ToResult();

    private static async Task<ApiPage<QuoteView>> ListQuotes(
        [AsParameters] ListParameters list,
        QuoteState? state,
        IQuotes quotes,
        CancellationToken ct
    ) => await list.PageOf(new QuoteQuery { State = state }, ListRules.ByKey(Quotes.Sorting), q => quotes.ListAsync(q, ct));

    private static async Task<ApiResult<QuoteView>> GetQuote(string quoteId, IQuotes quotes, CancellationToken ct) =>
        (await quotes.FindAsync(quoteId, ct)).OrNotFound("quote", quoteId);

    private static async Task<ApiResult<QuoteView>> WithdrawQuote(string quoteId, IQuotes quotes, CancellationToken ct) =>
        (await quotes.WithdrawAsync(quoteId, ct)).ToResult();

    private static async Task<ApiCreated<OrderView>> PlaceOrder(
        PlaceOrderRequest request,
        IdempotencyKey key,
        IOrders orders,
        CancellationToken ct
    )
    {
        Outcome<OrderView> placed = request switch
        {
            { QuoteId: { } quoteId, Workload: null } => await orders.AcceptAsync(quoteId, key.Value, ct),
            { QuoteId: null, Workload: { } workload } => await orders.PlaceAsync(workload, key.Value, ct),
            _ => Problem.Invalid("/quoteId", "Send either a quoteId or a workload.", "Send exactly one of the two."),
        };
        return placed.ToCreated(o => $"/api/v1/orders/{o.Id}");
    }

    private static async Task<ApiPage<OrderView>> ListOrders(
        [AsParameters] ListParameters list,
        LineState? state,
        string? projectId,
        string? memberId,
        IOrders orders,
        CancellationToken ct
    ) =>
        await list.PageOf(
            new OrderQuery
            {
                State = state,
                ProjectId = projectId,
                MemberId = memberId,
            },
            ListRules.ByKey(OrderList.Sorting),
            q => orders.ListAsync(q, ct)
        );

    private static async Task<ApiResult<OrderView>> GetOrder(string orderId, IOrders orders, CancellationToken ct) =>
        (await orders.FindAsync(orderId, ct)).OrNotFound("order", orderId);

    private static async Task<ApiResult<IReadOnlyList<OrderLineView>>> GetLines(string orderId, IOrders orders, CancellationToken ct) =>
        (await orders.FindAsync(orderId, ct))?.Lines.OrNotFound("order", orderId)
        ?? Outcome<IReadOnlyList<OrderLineView>>.Fail(Problem.NotFound("order", orderId)).ToResult();

    private static async Task<ApiAccepted<BulkOrderView>> SubmitBulk(
        BulkOrderRequest request,
        IdempotencyKey key,
        IBulkOrders bulk,
        CancellationToken ct
    ) => (await bulk.SubmitAsync(request, key.Value, ct)).ToAccepted(b => $"/api/v1/bulk-orders/{b.Id}");

    private static async Task<ApiPage<BulkOrderView>> ListBulk(
        [AsParameters] ListParameters list,
        IBulkOrders bulk,
        CancellationToken ct
    ) => await list.PageOf(new PageQuery(), ListRules.ByKey(BulkOrders.Sorting), q => bulk.ListAsync(q, ct));

    private static async Task<ApiResult<BulkOrderView>> GetBulk(string bulkOrderId, IBulkOrders bulk, CancellationToken ct) =>
        (await bulk.FindAsync(bulkOrderId, ct)).OrNotFound("bulk order", bulkOrderId);

    private static async Task<ApiPage<BulkLineResult>> GetBulkLines(
        string bulkOrderId,
        [AsParameters] ListParameters list,
        IBulkOrders bulk,
        CancellationToken ct
    ) =>
        await bulk.FindAsync(bulkOrderId, ct) is null
            ? Outcome<Page<BulkLineResult>>.Fail(Problem.NotFound("bulk order", bulkOrderId)).ToPage()
            : await list.PageOf(new PageQuery(), ListRules.ByKey(BulkOrders.LineSorting), q => bulk.ResultsAsync(bulkOrderId, q, ct));

    private static async Task<ApiPage<ContractView>> ListContracts(
        [AsParameters] ListParameters list,
        ContractState? state,
        ProductKind? product,
        bool? open,
        string? projectId,
        string? memberId,
        IContracts contracts,
        CancellationToken ct
    ) =>
        await list.PageOf(
            new ContractQuery
            {
                State = state,
                Product = product,
                Open = open ?? false,
                ProjectId = projectId,
                MemberId = memberId,
            },
            ListRules.ByKey(ContractSorting.Rules),
            q => contracts.ListAsync(q, ct)
        );

    private static async Task<ApiResult<ContractView>> GetContract(string contractId, IContracts contracts, CancellationToken ct) =>
        (await contracts.FindAsync(contractId, ct)).OrNotFound("contract", contractId);

    private static async Task<ApiResult<ContractBillingView>> GetBilling(string contractId, IContracts contracts, CancellationToken ct) =>
        (await contracts.BillingAsync(contractId, ct)).OrNotFound("contract", contractId);

    private static async Task<ApiResult<WorkloadView>> GetWorkload(string contractId, IContracts contracts, CancellationToken ct) =>
        (await contracts.WorkloadAsync(contractId, ct)).OrNotFound("contract", contractId);

    private static async Task<ApiResult<IReadOnlyList<LogLine>>> GetLogs(
        string contractId,
        string? pod,
        int? tail,
        IContracts contracts,
        CancellationToken ct
    )
    {
        if (await contracts.FindAsync(contractId, ct) is null)
            return Outcome<IReadOnlyList<LogLine>>.Fail(Problem.NotFound("contract", contractId)).ToResult();
        var lines = new List<LogLine>();
        await foreach (LogLine line in contracts.LogsAsync(contractId, pod, Math.Clamp(tail ?? 200, 1, 5000), follow: false, ct))
            lines.Add(line);
        return Outcome<IReadOnlyList<LogLine>>.Ok(lines).ToResult();
    }

    private static async Task<ApiResult<ContractView>> StopContract(string contractId, IContracts contracts, CancellationToken ct) =>
        (await contracts.StopAsync(contractId, ct)).ToResult();

    private static async Task<ApiResult<ContractView>> ExtendContract(
        string contractId,
        ExtendRequest request,
        IdempotencyKey key,
        IContracts contracts,
        CancellationToken ct
    ) => (await contracts.ExtendAsync(contractId, request.Hours, key.Value, ct)).ToResult();

    private static async Task<ApiResult<KubeconfigView>> IssueKubeconfig(string contractId, IContracts contracts, CancellationToken ct) =>
        (await contracts.KubeconfigAsync(contractId, ct)).Map(k => new KubeconfigView(k)).ToResult();
}
