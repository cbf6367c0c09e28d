/// Decides who a caller is and what the caller may do. [dev.finetide.kit.auth.AccessInterceptor] takes every call;
/// what an rpc needs is data in its proto (`finetide.auth.v1.needs`).
package dev.finetide.kit.auth;
