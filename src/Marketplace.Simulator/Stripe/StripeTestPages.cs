using System.Net;
using Microsoft.AspNetCore.Http;

namespace Marketplace.Simulator.Stripe;

/// <summary>What a person or a script does at the double by hand: answers the bank, disputes, decides, pays out.</summary>
internal static class StripeTestPages
{
    public static async Task HandleAsync(HttpContext http, StripeDouble server)
    {
        string[] path = (http.Request.Path.Value ?? "").Split('/', StringSplitOptions.RemoveEmptyEntries);
        try
        {
            switch (http.Request.Method, path)
            {
                case ("GET", ["test", "authenticate", var intent]):
                    await PageAsync(
                        http,
                        $"<h1>Your bank asks</h1><p>Is this payment yours?</p>{Button(intent, "pass", "Complete")}{Button(intent, "fail", "Fail")}"
                    );
                    return;
                case ("POST", ["test", "authenticate", var intent, var answer]):
                    server.Authenticate(intent, answer == "pass");
                    await PageAsync(http, "<h1>Done</h1><p>Close this page and go back.</p>");
                    return;
                case ("GET", ["test", "onboard", var account]):
                    server.Onboard(account);
                    if (http.Request.Query["return_url"] is [{ Length: > 0 } back])
                        http.Response.Redirect(back);
                    else
                        await PageAsync(http, "<h1>Done</h1><p>The account can be paid.</p>");
                    return;
                case ("POST", ["test", "disputes", var charge]):
                    await http.Response.WriteAsync(server.Dispute(charge), http.RequestAborted);
                    return;
                case ("POST", ["test", "disputes", var dispute, var outcome]):
                    server.Decide(dispute, outcome == "won");
                    await http.Response.WriteAsync(outcome, http.RequestAborted);
                    return;
                case ("POST", ["test", "payouts", var amount, var currency]):
                    await http.Response.WriteAsync(
                        server.PayOut(long.Parse(amount, System.Globalization.CultureInfo.InvariantCulture), currency),
                        http.RequestAborted
                    );
                    return;
                default:
                    http.Response.StatusCode = StatusCodes.Status404NotFound;
                    return;
            }
        }
        catch (StripeFailure e)
        {
            http.Response.StatusCode = e.Status;
            await http.Response.WriteAsync(e.Message, http.RequestAborted);
        }
    }

    private static string Button(string intent, string answer, string text) =>
        $"<form method=\"post\" action=\"/test/authenticate/{WebUtility.HtmlEncode(intent)}/{answer}\"><button>{text}</button></form>";

    private static Task PageAsync(HttpContext http, string body)
    {
        http.Response.ContentType = "text/html; charset=utf-8";
        return http.Response.WriteAsync(
            $"<!doctype html><html lang=\"en\"><title>Test bank</title><body>{body}</body></html>",
            http.RequestAborted
        );
    }
}
